import { z } from 'zod';
import { maxTimeoutMs } from '../commands.ts';

/** What a command is for, in the model's words: for people, and for the log. */
export const purpose = z
  .string()
  .max(1000, 'expected at most 1000 characters')
  .optional()
  .describe('What this does and why, in a sentence.');

/** Milliseconds. */
export const milliseconds = (description: string) => z.int().min(1).max(maxTimeoutMs).describe(description);

const outputFile = z.object({
  path: z.string().describe('Where all of it is, to be read by readLocalFile.'),
  size: z.int().describe('Bytes.'),
  truncated: z.boolean().describe('The file too is without a part of it: the oldest was given up.'),
});

/** What a program has put out, as far as a model can take it; all of it in files where it is cut. */
export const outputs = {
  stdout: z.string(),
  stderr: z.string(),
  outputFiles: z
    .object({ stdout: outputFile.optional(), stderr: outputFile.optional() })
    .optional()
    .describe('Present where output was cut at 30000 characters.'),
};

/** Header of a call of a tool: what its command is to be known by, so that whoever calls can look at it before it has ended. */
export const commandIdHeader = 'cubby-command-id';
