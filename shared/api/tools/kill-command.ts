import { z } from 'zod';
import { defineTool } from './tool.ts';

export const killCommand = defineTool({
  name: 'killCommand',
  aliases: [],
  title: 'End a command',
  description:
    'End a command of runCommand and everything that it has started. It is asked to end first, and ended by force some seconds later. What it has put out can be read all the same.',
  parameters: z.object({ commandId: z.string().min(1).max(128).describe('As runCommand answered.') }),
  result: z.object({
    success: z.boolean().describe('It runs no longer.'),
    error: z.string().optional().describe('Why there was nothing to end, as a command that had ended.'),
  }),
  hints: { readOnly: false, destructive: true, idempotent: true },
  confirm: false,
});
