import { ApiError } from '../../shared/api/errors.ts';
import type { CellEnd, Kernel } from '../kernels/kernel.ts';

/** How often variables are put back when an interrupt that came late breaks that off. */
const attempts = 3;

/** How a language sets variables of its own process, so that what it starts has them, too, in code that leaves no trace. */
interface Variables {
  /** Code that sets them, and keeps what there was. */
  set(variables: Record<string, string>): string;
  /** Code that puts back what there was; run again, it goes on where it was broken off. */
  restore: string;
}

const pythonSet = `import os, sys
kept = sys.__dict__.setdefault("_cubby_variables", {})
for name, value in variables.items():
    kept.setdefault(name, os.environ.get(name))
    os.environ[name] = value`;

const pythonRestore = `import os, sys
kept = sys.__dict__.get("_cubby_variables", {})
for name, value in list(kept.items()):
    if value is None: os.environ.pop(name, None)
    else: os.environ[name] = value
    kept.pop(name)
sys.__dict__.pop("_cubby_variables", None)`;

const languages: Record<string, Variables> = {
  python: {
    // One expression with names of its own: the cells' names stay as they are.
    set: (variables) => `exec(${JSON.stringify(pythonSet)}, {"variables": ${JSON.stringify(variables)}})`,
    restore: `exec(${JSON.stringify(pythonRestore)}, {})`,
  },
};

/** Whose own kernel lends variables. */
const shellLanguage = 'bash';

/** @throws ApiError `INVALID_PARAMETER` when cells of that language can't have variables of their own, or not these */
export function checkVariables(language: string, variables: Record<string, string>): void {
  const names = Object.keys(variables);
  if (names.length === 0 || Object.hasOwn(languages, language)) return;
  if (language !== shellLanguage) {
    throw new ApiError('INVALID_PARAMETER', cannotHave(language), {
      field: 'envs',
      expected: `no variables, or a context for ${[...Object.keys(languages), shellLanguage].join(', ')}`,
    });
  }
  const odd = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (odd === undefined) return;
  throw new ApiError('INVALID_PARAMETER', `envs: a shell can’t export ${odd.slice(0, 100)}.`, {
    field: 'envs',
    expected: 'names of letters, digits and _, and no digit first',
  });
}

function cannotHave(language: string): string {
  return `envs: cells in ${language} can’t have an environment of their own.`;
}

/** Runs a cell with variables set, and puts back what there was, however it ends. */
export async function inEnvironment(
  kernel: Kernel,
  language: string,
  variables: Record<string, string>,
  run: () => Promise<CellEnd>,
): Promise<CellEnd> {
  if (kernel.lendsVariables || Object.keys(variables).length === 0) return await run();
  const way = Object.hasOwn(languages, language) ? languages[language] : undefined;
  if (!way) {
    // A kernelspec for a language whose own kernel could.
    const error = { ename: 'INVALID_PARAMETER', evalue: cannotHave(language), traceback: [] };
    return { outcome: { count: undefined, error } };
  }
  const begin = await silently(kernel, way.set(variables));
  const hasFailed = begin.death || begin.outcome?.error;
  const end = hasFailed ? { ...begin, outcome: { count: undefined, error: begin.outcome?.error } } : await run();
  for (let attempt = 0; attempt < attempts && !end.death; attempt += 1) {
    const back = await silently(kernel, way.restore);
    if (back.death) return { ...end, death: back.death };
    if (!back.outcome?.error) break;
  }
  return end;
}

function silently(kernel: Kernel, code: string): Promise<CellEnd> {
  return kernel.execute({ code, take: () => {}, isSilent: true });
}
