import { z } from 'zod';

/** What runs code where a request does not say. */
export const defaultLanguage = 'python';

const language = z
  .string()
  .max(64)
  .nullish()
  .transform((name) => name?.trim().toLowerCase() || defaultLanguage)
  .describe(`Name of a language that the sandbox has a kernel for. Default: ${defaultLanguage}.`);

/** Body of POST /code. Unknown fields are ignored. */
export const RunCodeRequest = z.object({
  code: z
    .string('expected the code to run, as a string')
    .refine((code) => !code.includes('\0'), 'expected code without NUL bytes')
    .describe('Source code of one cell.'),
  context: z
    .object({
      id: z
        .string()
        .max(128)
        .nullish()
        .describe('Context to run in; its language counts then. Default: the default context of the language.'),
      language,
    })
    .nullish(),
});

export type RunCodeRequest = z.infer<typeof RunCodeRequest>;

/** Body of POST /code/context. Unknown fields are ignored. */
export const CreateContextRequest = z.object({
  language,
  cwd: z
    .string()
    .max(4096)
    .refine((path) => !path.includes('\0'), 'expected a path without NUL bytes')
    .nullish()
    .describe('Working directory; `~` and `$VAR` are expanded. Default: the one of the image.'),
});

export type CreateContextRequest = z.infer<typeof CreateContextRequest>;

/**
 * What a context is doing, as far as it was checked: `starting` its first kernel, `idle`, `busy` with a cell, `restarting`
 * after its kernel died, or `dead`: the next cell starts a new kernel.
 */
export const ContextState = z.enum(['starting', 'idle', 'busy', 'restarting', 'dead']);

export type ContextState = z.infer<typeof ContextState>;

/** One kernel with the state that its cells left in it. */
export const CodeContext = z.object({
  id: z.string(),
  language: z.string(),
  cwd: z.string(),
  state: ContextState,
});

export type CodeContext = z.infer<typeof CodeContext>;
