import { z } from 'zod';

const moduleName = z
  .string()
  .max(256)
  .regex(
    /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u,
    'expected the name of a Python module, as numpy or matplotlib.pyplot',
  );

/** What runs cells in one sandbox, where that is to be other than the server's own settings say. */
export const KernelSettings = z.object({
  fork: z.boolean().nullish().describe('Kernels of Python are forks of an interpreter that stands by.'),
  preload: z.array(moduleName).max(100).nullish().describe('Modules of Python that kernels have imported already.'),
  spares: z
    .int('expected a whole number')
    .min(0)
    .max(16)
    .nullish()
    .describe('Kernels of Python that wait for the next contexts.'),
  outputBytes: z
    .int('expected whole bytes')
    .min(64 * 1024)
    .max(1024 ** 3)
    .nullish()
    .describe('What one cell may say where its request does not say.'),
});

export type KernelSettings = z.infer<typeof KernelSettings>;
