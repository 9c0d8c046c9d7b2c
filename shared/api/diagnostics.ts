import { z } from 'zod';

/** Diagnostic text with what it is, for programs. */
export const DiagnosticContent = z.object({
  sandboxId: z.string(),
  kind: z.enum(['logs', 'events']),
  scope: z.string(),
  delivery: z.literal('inline'),
  contentType: z.string(),
  content: z.string(),
  truncated: z.boolean().describe('There is more, further back.'),
});

export type DiagnosticContent = z.infer<typeof DiagnosticContent>;
