import { z } from 'zod';
import { cwd, path } from './fields.ts';
import { defineTool } from './tool.ts';

export const moveLocalFiles = defineTool({
  name: 'moveLocalFiles',
  aliases: ['moveFiles'],
  title: 'Move or rename files',
  description:
    'Move or rename files and directories, one after the other. A destination that is an existing directory takes the source into it; missing directories above a destination are made. Nothing is overwritten, unless the operation says so for a file. One that fails does not keep the others from being done: look at each result.',
  parameters: z.object({
    operations: z
      .array(
        z.object({
          source: path('What to move.'),
          destination: path('Its new path, or a directory to move it into.'),
          overwrite: z.boolean().nullish().describe('Replace a file that is there. Default: false.'),
        }),
      )
      .min(1, 'expected at least one operation')
      .max(1000, 'expected at most 1000 operations'),
    cwd,
  }),
  result: z.object({
    results: z.array(
      z.object({
        source: z.string().describe('As given.'),
        destination: z.string().describe('Where it is now, absolute; as given where it failed.'),
        success: z.boolean(),
        error: z.string().optional(),
      }),
    ),
    successCount: z.int(),
  }),
  hints: { readOnly: false, destructive: true, idempotent: false },
  confirm: true,
});
