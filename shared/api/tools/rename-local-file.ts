import { z } from 'zod';
import { cwd, path } from './fields.ts';
import { defineTool } from './tool.ts';

export const renameLocalFile = defineTool({
  name: 'renameLocalFile',
  aliases: ['renameFile'],
  title: 'Rename a file',
  description:
    'Give a file or directory another name in the directory where it is. A name that is taken is an error. To move it elsewhere use moveLocalFiles.',
  parameters: z.object({
    oldPath: path('What to rename.'),
    newName: z
      .string()
      .max(255, 'expected at most 255 characters')
      .refine((name) => name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name), {
        error: 'expected a file name, without a directory',
      })
      .describe('Its new name alone, without a directory.'),
    cwd,
  }),
  result: z.object({
    oldPath: z.string().describe('Absolute.'),
    newPath: z.string().describe('Absolute.'),
  }),
  hints: { readOnly: false, destructive: false, idempotent: false },
  confirm: false,
});
