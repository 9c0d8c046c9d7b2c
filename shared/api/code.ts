import { z } from 'zod';
import { environment, maxTimeoutMs } from './commands.ts';
import { KernelServerRequest } from './kernel-server.ts';
import { defaultLanguage, languageNamed } from './languages.ts';

const language = z
  .string()
  .max(64)
  .nullish()
  .transform((name) => (name?.trim() ? languageNamed(name) : undefined))
  .describe(
    `Name of a language that the sandbox has a kernel for. Default: that of \`kernel\`, else ${defaultLanguage}.`,
  );

const kernel = z
  .string()
  .max(128)
  .nullish()
  .transform((name) => name?.trim() || undefined)
  .describe('Name of a kernel, in whatever case; its display name will do. Default: the one of the language.');

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
        .describe(
          'Context to run in; its language counts then. Default: the default context of the language, or of the kernel.',
        ),
      language,
      kernel,
    })
    .nullish(),
  when_busy: z
    .enum(['refuse', 'queue'])
    .nullish()
    .describe(
      'While another cell runs in the context: refuse with `CONTEXT_BUSY` (the default), or wait for its turn.',
    ),
  timeout: z
    .int('expected whole milliseconds')
    .min(1, 'expected at least 1 ms')
    .max(maxTimeoutMs, `expected at most ${maxTimeoutMs} ms`)
    .nullish()
    .describe(
      'Milliseconds that the cell may run; then it is interrupted, and, when it takes no notice, its kernel ended. Waiting for its turn doesn’t count, nor time while the sandbox is paused.',
    ),
  allow_input: z
    .boolean()
    .nullish()
    .describe(
      'The cell may ask: `input_request` comes, and POST /code/executions/{id}/input answers. Else asking fails.',
    ),
  figure_formats: z
    .array(z.enum(['png', 'svg', 'jpeg', 'pdf'], "expected 'png', 'svg', 'jpeg' or 'pdf'"))
    .min(1, 'expected at least one format')
    .max(4)
    .nullish()
    .describe(
      'What matplotlib draws this cell’s plots as, each plot in all of them. For Python. Default: png, or what cells have chosen.',
    ),
  max_output_bytes: z
    .int('expected whole bytes')
    .min(1, 'expected at least 1 byte')
    .nullish()
    .describe(
      'What the cell may say in all, in bytes of text and results; the rest is dropped, and `truncated` says how much. Default: 128 MiB.',
    ),
  envs: environment.nullish().describe('Environment for this cell and what it starts; afterwards it is as it was.'),
});

export type RunCodeRequest = z.infer<typeof RunCodeRequest>;

/** Body of POST /code/context. Unknown fields are ignored. */
export const CreateContextRequest = z.object({
  language,
  kernel,
  cwd: z
    .string()
    .max(4096)
    .refine((path) => !path.includes('\0'), 'expected a path without NUL bytes')
    .nullish()
    .describe('Working directory; `~` and `$VAR` are expanded. Default: the one of the image.'),
  server: KernelServerRequest.nullish().describe(
    'A kernel server that runs in the sandbox, to start the kernel in. Default: the one of the sandbox’s environment, else none.',
  ),
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
  kernel: z.string().optional().describe('The kernel that was asked for by name.'),
  cwd: z.string(),
  state: ContextState,
  queued: z.int().describe('Cells that wait for their turn.'),
  execution_id: z.string().optional().describe('The cell that runs, or whose turn it is.'),
  server: z.object({ url: z.string() }).optional().describe('The kernel server that its kernel lives in, if it does.'),
});

export type CodeContext = z.infer<typeof CodeContext>;

/** A kernel that contexts can have, or a kernelspec that can't be used. */
export const CodeKernel = z.object({
  name: z.string(),
  display_name: z.string(),
  language: z.string().optional(),
  path: z.string().optional().describe('The kernelspec; none for what needs none.'),
  interrupt_mode: z.enum(['signal', 'message']).optional(),
  is_default: z.boolean().describe('Whether its language means this one.'),
  is_available: z.boolean().describe('Whether it can be started, as far as that is known without trying.'),
  problem: z.string().optional().describe('Why it is not available.'),
});

export type CodeKernel = z.infer<typeof CodeKernel>;
