import { z } from 'zod';

/** Body of POST /workspaces/{key}/imports. Unknown fields are ignored, and null is as good as absent. */
export const ImportRequest = z.object({
  path: z
    .string()
    .min(1, 'expected a path, got nothing')
    .max(4096)
    .describe('File to write, absolute or from the image’s working directory on; directories above it are made.'),
  url: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .max(8192)
    .describe('Pre-signed, for GET.'),
  headers: z
    .record(z.string().max(256), z.string().max(4096))
    .optional()
    .describe('Header fields of that request, as they were signed.'),
});

/** Its answer. */
export const Imported = z.object({ path: z.string().describe('As given.'), size: z.int().describe('Bytes.') });
