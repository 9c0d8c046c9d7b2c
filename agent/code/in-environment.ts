import type { Cell, CellEnd, Kernel } from '../kernels/kernel.ts';
import { dialectOf } from './variables/dialects.ts';

/** How often variables are put back when an interrupt that came late breaks that off. */
const attempts = 3;

export interface EnvironmentOptions {
  language: string;
  /** For this cell alone. */
  variables: Record<string, string>;
  /** Gets what the kernel says on its streams meanwhile. */
  take: Cell['take'];
}

/** Runs a cell with variables set, and puts back what there was, however it ends. */
export async function inEnvironment(
  kernel: Kernel,
  { language, variables, take }: EnvironmentOptions,
  run: () => Promise<CellEnd>,
): Promise<CellEnd> {
  const names = Object.keys(variables);
  const dialect = dialectOf(language);
  if (kernel.lendsVariables || !dialect || names.length === 0) return await run();
  const begin = await executeSilently(kernel, dialect.set(variables), take);
  const hasFailed = begin.death || begin.outcome?.error;
  const end = hasFailed ? { ...begin, outcome: { count: undefined, error: begin.outcome?.error } } : await run();
  for (let attempt = 0; attempt < attempts && !end.death; attempt += 1) {
    const back = await executeSilently(kernel, dialect.restore(names), take);
    if (back.death) return { ...end, death: back.death };
    if (!back.outcome?.error) break;
  }
  return end;
}

/** Runs code of ours, which has no result, no number and no error that is told; what a kernel has to say of itself comes through. */
export function executeSilently(kernel: Kernel, code: string, take: Cell['take']): Promise<CellEnd> {
  return kernel.execute({
    code,
    isSilent: true,
    take: (output) => {
      if (output.type === 'stream') take(output);
    },
  });
}
