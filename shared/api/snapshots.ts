import { z } from 'zod';
import { Pagination } from './pages.ts';

const instant = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

/** Body of POST /sandboxes/{id}/snapshots. It may be absent. */
export const CreateSnapshotRequest = z
  .object({
    name: z
      .string()
      .min(1, 'expected at least one character')
      .max(256)
      .refine((text) => !text.includes('\0'), 'expected text without NUL bytes')
      .nullish()
      .describe('For people. Need not be unique.'),
  })
  .nullish();

export type CreateSnapshotRequest = z.infer<typeof CreateSnapshotRequest>;

/** A snapshot as the API shows it. */
export const Snapshot = z.object({
  id: z.string(),
  sandboxId: z.string().describe('What it was made of, which may be no more.'),
  name: z.string().optional(),
  status: z.object({
    state: z.string().describe('Creating, Ready, Failed or Deleting.'),
    reason: z.string(),
    message: z.string(),
    lastTransitionAt: instant,
  }),
  createdAt: instant,
});

export type Snapshot = z.infer<typeof Snapshot>;

export const SnapshotList = z.object({
  items: z.array(Snapshot),
  pagination: Pagination,
});
