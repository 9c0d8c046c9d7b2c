import { z } from 'zod';
import { atLeastOne, cwd, notice, path, skipped } from './fields.ts';
import { defineTool } from './tool.ts';

const context = (description: string) => z.int().min(0).max(1000).describe(description).optional();
const glob = (description: string) => z.string().min(1).max(1024).describe(description).optional();

export const grepContent = defineTool({
  name: 'grepContent',
  aliases: [],
  title: 'Search in files',
  description:
    'Search the lines of files for a regular expression. Hidden files are searched; binary ones, `.git` and `node_modules` are passed over. Answers with the lines that match, or only with the files (`files_with_matches`) or the numbers of matching lines (`count`). Narrow it by `filePattern` or `type`; `head_limit` sets how many lines come.',
  parameters: z.object({
    pattern: z
      .string()
      .min(1, 'expected a regular expression, got nothing')
      .max(4096, 'expected at most 4096 characters')
      .describe('Regular expression: `\\bword\\b`, `^import .* from`, `a|b`.'),
    directory: path('Directory or file to search. Default: the working directory.').optional(),
    path: path('The same as `directory`.').optional(),
    scope: path('The same as `directory`.').optional(),
    filePattern: glob('Only files that match this glob, such as `*.py` or `src/**/*.ts`.'),
    glob: glob('The same as `filePattern`.'),
    type: z
      .string()
      .max(32)
      .optional()
      .describe('Only files of this language: js, ts, py, rust, go, java, c, cpp, css, html, json, md, yaml, sh …'),
    recursive: z.boolean().optional().describe('Subdirectories too. Default: true.'),
    output_mode: z.enum(['content', 'files_with_matches', 'count']).optional().describe('Default: content.'),
    '-A': context('Lines to show after each match.'),
    '-B': context('Lines to show before each match.'),
    '-C': context('Lines to show before and after each match.'),
    '-i': z.boolean().optional().describe('Upper and lower case are the same. Default: false.'),
    '-n': z.boolean().optional().describe('Line numbers. Default: true.'),
    multiline: z
      .boolean()
      .optional()
      .describe('A match may span lines, and `.` matches line ends too. Default: false.'),
    head_limit: atLeastOne('How many lines or files come at most. Default: 250.').optional(),
    cwd,
  }),
  result: z.object({
    matches: z
      .array(
        z.object({
          path: z.string().describe('Absolute.'),
          lineNumber: z
            .int()
            .optional()
            .describe('Counted from 1. Absent for a mode that shows no lines, or without -n.'),
          content: z.string().optional().describe('The line; cut at 2000 characters.'),
          isContext: z.boolean().optional().describe('Present, and true, for a line around a match.'),
          count: z.int().optional().describe('For `count`: how many lines of the file match.'),
        }),
      )
      .describe('By path, then by line.'),
    totalMatches: z
      .int()
      .describe('How many lines match in all files that were searched; for `files_with_matches`, how many files.'),
    engine: z.enum(['ripgrep', 'native']).describe('What has searched.'),
    skipped,
    notice,
  }),
  hints: { readOnly: true, destructive: false, idempotent: true },
  confirm: false,
});
