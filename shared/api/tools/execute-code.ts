import { z } from 'zod';
import { milliseconds, outputs, purpose } from './command-fields.ts';
import { cwd, notice } from './fields.ts';
import { defineTool } from './tool.ts';

/** Bytes of one program. */
const longestCode = 1024 * 1024;

export const executeCode = defineTool({
  name: 'executeCode',
  aliases: [],
  title: 'Run code',
  description:
    'Run a program in Python, JavaScript, TypeScript or Bash from its beginning to its end, and answer with what it printed and its exit code. Each run is a process of its own: variables do not last, files do. Print what you want to see. It ends after 120 seconds, unless `timeout` says otherwise.',
  parameters: z.object({
    description: purpose,
    language: z.enum(['python', 'javascript', 'typescript', 'bash']).optional().describe('Default: python.'),
    code: z
      .string()
      .min(1, 'expected code, got nothing')
      .max(longestCode, `expected at most ${longestCode} characters`)
      .describe('The whole program.'),
    timeout: milliseconds('Milliseconds after which it is ended. Default: 120000.').optional(),
    cwd,
  }),
  result: z.object({
    success: z.boolean().describe('It ended with exit code 0.'),
    output: z.string().describe('What it has written to its output.'),
    ...outputs,
    exitCode: z.int().optional(),
    durationMs: z.number().optional(),
    error: z
      .string()
      .optional()
      .describe('What it failed of: its last words, or why it did not end by itself, as a time-out.'),
    notice,
  }),
  hints: { readOnly: false, destructive: true, idempotent: false },
  confirm: true,
});
