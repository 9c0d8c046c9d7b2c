import { z } from 'zod';
import { atLeastOne, cwd, notice, path, skipped } from './fields.ts';
import { defineTool } from './tool.ts';

export const globLocalFiles = defineTool({
  name: 'globLocalFiles',
  aliases: ['globFiles'],
  title: 'Find files by pattern',
  description:
    'Find files by a glob pattern on their path, such as `**/*.{ts,tsx}` or `src/*/test_?.py`, the last changed first. `*` stays within one directory, `**` spans any number. Hidden files are found. `.git` and `node_modules` are passed over, unless the pattern names them.',
  parameters: z.object({
    pattern: z
      .string()
      .min(1, 'expected a pattern, got nothing')
      .max(1024, 'expected at most 1024 characters')
      .describe('Glob, relative to `directory` or absolute.'),
    directory: path('Where to start. Default: the working directory.').optional(),
    limit: atLeastOne('How many files at most; 1000 at the most, which is the default.').optional(),
    cwd,
  }),
  result: z.object({
    files: z.array(z.string()).describe('Absolute paths.'),
    totalCount: z.int().describe('How many were found.'),
    skipped,
    notice,
  }),
  hints: { readOnly: true, destructive: false, idempotent: true },
  confirm: false,
});
