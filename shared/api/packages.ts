import { z } from 'zod';

const mostPackages = 200;
const list = (shape: RegExp, expected: string) =>
  z
    .array(z.string().max(512, 'expected at most 512 characters').regex(shape, `expected ${expected}`))
    .max(mostPackages, `expected at most ${mostPackages} packages`)
    .nullish();

/**
 * What is installed for a template ahead of time, in this order. Names go to the installers as they are: none begins like an option, or
 * has a control character.
 */
export const Packages = z
  .object({
    apt: list(
      /^[a-z0-9][a-z0-9.+-]*[a-z0-9+](:[a-z0-9]+)?([=/][A-Za-z0-9.+~:-]+)?$/,
      'the name of a package of Debian’s, with =version or without',
    ).describe('`apt-get install`, after `apt-get update`.'),
    pip: list(/^[A-Za-z0-9][^\p{C}]*$/u, 'a requirement of pip’s, as numpy==2.3.1, or the URL of a package').describe(
      '`pip install`, with the image’s python3.',
    ),
    npm: list(/^[A-Za-z0-9@][^\p{C}\s]*$/u, 'a package of npm’s, as typescript@5, or the URL of one').describe(
      '`npm install --global`.',
    ),
  })
  .describe('Packages that are in the image ahead of time.');

export type Packages = z.infer<typeof Packages>;

/** How far the image with a template's packages is. */
export const BuildStatus = z.object({
  state: z.enum(['building', 'ready', 'failed']),
  message: z.string(),
  changedAt: z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' }),
  log: z.array(z.string()).optional().describe('The last lines that the installers said. Not in lists.'),
});

export type BuildStatus = z.infer<typeof BuildStatus>;

/**
 * One event of a build. `begun`: a try has begun; `line`: a line of its output; `ready` and `failed` end it, and others follow where it
 * is tried again. `missed`: this many events were given up before this reader came to them.
 */
export const BuildEvent = z.object({
  type: z.enum(['begun', 'line', 'ready', 'failed', 'missed']),
  /** Milliseconds since the epoch. */
  timestamp: z.int(),
  text: z.string().optional(),
  missed: z.int().optional(),
});

export type BuildEvent = z.infer<typeof BuildEvent>;
