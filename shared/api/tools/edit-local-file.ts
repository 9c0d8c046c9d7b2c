import { z } from 'zod';
import { cwd, notice, path, text } from './fields.ts';
import { defineTool } from './tool.ts';

export const editLocalFile = defineTool({
  name: 'editLocalFile',
  aliases: ['editFile'],
  title: 'Edit a file',
  description:
    'Replace an exact string in a file. `search` has to be in the file exactly as given, with its white space, and exactly once, unless `all` is true; otherwise nothing is changed and the error says why. Give enough of the lines around to make it unique. The rest of the file stays as it is, byte by byte. Answers with a unified diff.',
  parameters: z.object({
    path: path('File to edit.'),
    search: text('Text to find, exactly as it stands in the file.').min(1, 'expected text to search for, got nothing'),
    replace: text('Text to put in its place; empty to delete it.'),
    all: z.boolean().optional().describe('Replace every occurrence. Default: false.'),
    cwd,
  }),
  result: z.object({
    path: z.string().describe('Absolute.'),
    replacements: z.int(),
    linesAdded: z.int(),
    linesDeleted: z.int(),
    diffText: z.string().describe('Unified diff; cut at 30000 characters.'),
    notice,
  }),
  hints: { readOnly: false, destructive: true, idempotent: false },
  confirm: true,
});
