import { z } from 'zod';
import { atLeastOne, cwd, moment, notice, path, skipped } from './fields.ts';
import { defineTool } from './tool.ts';

const words = z.array(z.string().max(1000)).max(100);

export const searchLocalFiles = defineTool({
  name: 'searchLocalFiles',
  aliases: ['searchFiles'],
  title: 'Search for files',
  description:
    'Find files and directories below a directory by words in their names, by type, time of change, or a text that they contain. Upper and lower case are the same. For a path pattern use globLocalFiles; for lines that match an expression use grepContent. `.git` and `node_modules` are passed over, unless the search starts in one.',
  parameters: z.object({
    directory: path('Where to search, with everything below.'),
    keyword: z.string().max(1000).optional().describe('Part of the name.'),
    keywords: words.optional().describe('Several; a name with any of them is found.'),
    fileType: z
      .string()
      .max(100)
      .optional()
      .describe('Extension, as `py` or `.py`; or `file`, `directory`, `image`, `document`, `code`, `audio`, `video`.'),
    fileTypes: words.optional().describe('Several of those; any of them.'),
    contentContains: z.string().min(1).max(10_000).optional().describe('Text that the file has to contain.'),
    modifiedAfter: moment('ISO 8601.').optional(),
    modifiedBefore: moment('ISO 8601.').optional(),
    createdAfter: moment('ISO 8601.').optional(),
    createdBefore: moment('ISO 8601.').optional(),
    exclude: words.optional().describe('Globs of names or of paths below `directory` to leave out, such as `dist`.'),
    limit: atLeastOne('How many results at most; 1000 at the most. Default: 100.').optional(),
    sortBy: z.enum(['name', 'date', 'size']).optional().describe('Default: by path.'),
    sortDirection: z.enum(['asc', 'desc']).optional().describe('Default: asc for names, desc for dates and sizes.'),
    cwd,
  }),
  result: z.object({
    results: z.array(
      z.object({
        path: z.string().describe('Absolute.'),
        name: z.string(),
        size: z.int().describe('Bytes.'),
        isDirectory: z.boolean(),
        modifiedAt: z.string().meta({ format: 'date-time' }),
        createdAt: z.string().meta({ format: 'date-time' }),
      }),
    ),
    totalCount: z.int().describe('How many were found.'),
    skipped,
    notice,
  }),
  hints: { readOnly: true, destructive: false, idempotent: true },
  confirm: false,
});
