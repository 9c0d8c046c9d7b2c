import { z } from 'zod';
import { milliseconds, outputs } from './command-fields.ts';
import { notice } from './fields.ts';
import { defineTool } from './tool.ts';

export const getCommandOutput = defineTool({
  name: 'getCommandOutput',
  aliases: [],
  title: 'Read what a command has put out',
  description:
    'What a command of runCommand has put out since it was last asked, and whether it runs still. With `timeout` it waits for something new, or for its end, so long; the command is not ended by that.',
  parameters: z.object({
    commandId: z.string().min(1).max(128).describe('As runCommand answered.'),
    filter: z
      .string()
      .max(1000)
      .optional()
      .describe('Regular expression: only lines that match it are told. The others count as told too.'),
    timeout: milliseconds('How many milliseconds to wait for something new. Default: not at all.').optional(),
  }),
  result: z.object({
    success: z.boolean().describe('It runs, or has ended with exit code 0.'),
    running: z.boolean(),
    exitCode: z.int().optional().describe('Absent while it runs.'),
    newOutput: z.string().describe('Both streams, since the last call.'),
    output: z.string().describe('The same.'),
    ...outputs,
    durationMs: z.number().optional().describe('For how long it has run.'),
    error: z.string().optional().describe('Why it did not end by itself, as a time-out.'),
    notice,
  }),
  hints: { readOnly: false, destructive: false, idempotent: false },
  confirm: false,
});
