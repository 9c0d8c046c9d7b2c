import { z } from 'zod';
import { cwd, path, text } from './fields.ts';
import { defineTool } from './tool.ts';

export const writeLocalFile = defineTool({
  name: 'writeLocalFile',
  aliases: ['writeFile'],
  title: 'Write a file',
  description:
    'Write a whole text file: make it, or replace all that is in it. A file that is there keeps its mode and owner, and at any moment has either the old or the new content. To change a part of a file use editLocalFile.',
  parameters: z.object({
    path: path('File to write.'),
    content: text('All of its content; it may be empty.'),
    createDirectories: z
      .boolean()
      .optional()
      .describe('Make the directories above it that are missing. Default: false, and then a missing one is an error.'),
    cwd,
  }),
  result: z.object({
    success: z.literal(true),
    path: z.string().describe('Absolute.'),
    bytesWritten: z.int(),
    created: z.boolean().describe('It was not there before.'),
  }),
  hints: { readOnly: false, destructive: true, idempotent: true },
  confirm: true,
});
