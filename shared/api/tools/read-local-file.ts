import { z } from 'zod';
import { atLeastOne, cwd, notice, path } from './fields.ts';
import { defineTool } from './tool.ts';

/** Characters of text that a tool answers with at the most: more than that, and a model has no room for anything else. */
export const mostCharacters = 30_000;

export const readLocalFile = defineTool({
  name: 'readLocalFile',
  aliases: ['readFile'],
  title: 'Read a file',
  description:
    'Read a text file, or some of its lines. Lines are counted from 1, both ends included. An answer has at most 30000 characters; `notice` then says which lines come next. An image comes back as an image. What is neither text nor image is told so, and its content left out: use a command for such a file.',
  parameters: z.object({
    path: path('File to read.'),
    startLine: atLeastOne('First line to read, counted from 1. Default: 1.').optional(),
    endLine: atLeastOne('Last line to read, itself included. Default: the last of the file.').optional(),
    cwd,
  }),
  result: z.object({
    content: z
      .string()
      .describe('The lines as they are, with the line ends between them; for what is no text, a line that says so.'),
    filename: z.string(),
    path: z.string().describe('Absolute.'),
    fileType: z.string().describe('The extension in lower case, without the dot; `txt` where there is none.'),
    mimeType: z.string().optional().describe('Of what is no text.'),
    loc: z.tuple([z.int(), z.int()]).describe('First and last line of `content`; [0, 0] where it has none.'),
    totalLineCount: z.int().optional().describe('Lines of the whole file; absent where it is too large to be counted.'),
    charCount: z.int().describe('Characters of `content`.'),
    totalCharCount: z.int().optional().describe('Characters of the whole file; absent where it is too large.'),
    size: z.int().describe('Bytes of the file.'),
    isBinary: z.boolean().optional().describe('Present, and true, for what is no text.'),
    isImage: z.boolean().optional().describe('Present, and true, for a PNG, JPEG, GIF or WebP.'),
    imageUrl: z
      .string()
      .optional()
      .describe('Where the image is fetched from: a path of this server, below the workspace, with what opens that.'),
    notice,
  }),
  hints: { readOnly: true, destructive: false, idempotent: true },
  confirm: false,
});
