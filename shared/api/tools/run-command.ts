import { z } from 'zod';
import { commandText, environment } from '../commands.ts';
import { milliseconds, outputs, purpose } from './command-fields.ts';
import { cwd, notice } from './fields.ts';
import { defineTool } from './tool.ts';

export const runCommand = defineTool({
  name: 'runCommand',
  aliases: [],
  title: 'Run a shell command',
  description:
    'Run a shell command and answer with its output and exit code. It ends after `timeout` milliseconds, 120000 unless said otherwise. For what takes longer, or runs for good, as a server, set `background`: the answer then comes at once, with a `commandId` for getCommandOutput and killCommand. Each command is a shell of its own: `cd` and variables do not last. A long output is cut; the files named in `outputFiles` have all of it.',
  parameters: z.object({
    description: purpose,
    command: commandText.describe('Run by bash, or by sh where there is no bash.'),
    background: z.boolean().optional().describe('Answer at once and let it run. Default: false.'),
    timeout: milliseconds('Milliseconds after which it is ended. Default: 120000; in the background: none.').optional(),
    cwd,
    env: environment.optional().describe('Variables for this command, on top of those of the workspace.'),
  }),
  result: z.object({
    commandId: z.string().describe('For getCommandOutput and killCommand.'),
    success: z.boolean().describe('It ended with exit code 0, or runs in the background.'),
    exitCode: z.int().optional().describe('Absent while it runs.'),
    output: z.string().describe('Both streams, in the order in which they came.'),
    ...outputs,
    running: z.boolean().optional().describe('Present, and true, in the background.'),
    durationMs: z.number().optional(),
    error: z.string().optional().describe('Why it did not end by itself, as a time-out.'),
    sandboxed: z.literal(true),
    notice,
  }),
  hints: { readOnly: false, destructive: true, idempotent: false },
  confirm: true,
});
