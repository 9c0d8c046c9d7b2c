import { z } from 'zod';
import { cwd, path } from './fields.ts';
import { defineTool } from './tool.ts';

export const exportFile = defineTool({
  name: 'exportFile',
  aliases: ['exportAndUploadFile'],
  title: 'Hand a file to the user',
  description:
    'Hand a file of the workspace to the user, who gets a link to download it. Use it for every file that was made for them. For a directory, pack it first.',
  parameters: z.object({
    path: path('File to hand out.'),
    uploadUrl: z
      .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
      .max(8192)
      .optional()
      .describe('For programs: a pre-signed URL that the file is sent to by PUT.'),
    uploadHeaders: z
      .record(z.string().max(256), z.string().max(4096))
      .optional()
      .describe('For programs: header fields of that request.'),
    cwd,
  }),
  result: z.object({
    success: z.literal(true),
    filename: z.string(),
    path: z.string().describe('Absolute.'),
    size: z.int().describe('Bytes.'),
    mimeType: z.string(),
    url: z
      .string()
      .optional()
      .describe(
        'Without `uploadUrl`: where it is downloaded from, a path of this server with what opens the workspace.',
      ),
    uploaded: z.boolean().optional().describe('Present, and true, where it was sent to `uploadUrl`.'),
  }),
  hints: { readOnly: false, destructive: false, idempotent: true },
  confirm: false,
});
