import { z } from 'zod';

const withoutNul = (text: string) => !text.includes('\0');
const word = z.string().refine(withoutNul, 'expected text without NUL bytes');

/** What a sandbox that was started before anybody asked for it becomes: the body of the agent's POST /entrypoint. */
export const Claim = z.object({
  entrypoint: z.array(word).min(1, 'expected at least a program').describe('Program and arguments.'),
  env: z
    .record(z.string().regex(/^[^=\0]+$/, 'expected a variable name without = and NUL'), word)
    .describe('Over the variables of the image.'),
  user: word.max(1024).describe('Whom everything runs as, as in an image’s USER.'),
  born: z.string().optional().describe('The start of the container that is meant; another is refused.'),
  keepHome: z.boolean().describe('True where image or `env` say what HOME is.'),
});
export type Claim = z.infer<typeof Claim>;

/** What the words of a claim may come to, in bytes, a NUL after each; twice that is what init reads. */
export const mostClaimBytes = 512 * 1024;
