import { z } from 'zod';

/** Diagnostic text with what it is, for programs. */
export const DiagnosticContent = z.object({
  sandboxId: z.string(),
  kind: z.enum(['logs', 'events']),
  scope: z.string(),
  delivery: z.literal('inline'),
  contentType: z.string(),
  content: z.string(),
  truncated: z
    .boolean()
    .describe('There was more, further back, and it was left out here. What the engine itself dropped doesn’t count.'),
});

export type DiagnosticContent = z.infer<typeof DiagnosticContent>;
