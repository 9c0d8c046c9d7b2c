import { z } from 'zod';
import { atLeastOne, cwd, notice, path } from './fields.ts';
import { defineTool } from './tool.ts';

export const listLocalFiles = defineTool({
  name: 'listLocalFiles',
  aliases: ['listFiles'],
  title: 'List a directory',
  description:
    'List the names in one directory, hidden ones too, with kind, size and time of change. It does not look into subdirectories: use globLocalFiles or searchLocalFiles for a tree. At most 1000 entries come at a time.',
  parameters: z.object({
    directoryPath: path('Directory to list. `.` is the working directory.'),
    limit: atLeastOne('How many entries at most; 1000 at the most, which is the default.').optional(),
    offset: z.int().min(0).optional().describe('How many entries to pass over first, to go on where an answer ended.'),
    sortBy: z
      .enum(['name', 'modifiedTime', 'createdTime', 'size'])
      .optional()
      .describe('Default: by name, directories first.'),
    sortOrder: z.enum(['asc', 'desc']).optional().describe('Default: asc for names, desc for times and sizes.'),
    cwd,
  }),
  result: z.object({
    files: z.array(
      z.object({
        name: z.string(),
        path: z.string().describe('Absolute.'),
        isDirectory: z.boolean().describe('A link to a directory counts as one.'),
        size: z.int().describe('Bytes.'),
        modifiedAt: z.string().meta({ format: 'date-time' }),
        type: z.enum(['file', 'directory', 'symlink', 'other']),
        target: z.string().optional().describe('Where a symbolic link leads.'),
      }),
    ),
    totalCount: z.int().describe('How many entries the directory has.'),
    path: z.string().describe('The directory, absolute.'),
    notice,
  }),
  hints: { readOnly: true, destructive: false, idempotent: true },
  confirm: false,
});
