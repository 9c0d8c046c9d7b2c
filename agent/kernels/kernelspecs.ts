import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';

/** A kernel that can be started: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs */
export interface KernelSpec {
  /** Name of its directory. */
  name: string;
  /** In lower case. */
  language: string;
  /** Its first word is a program that exists; `{connection_file}` stands for that file. */
  argv: string[];
  env: Record<string, string>;
  interruptMode: 'signal' | 'message';
}

/** A kernel.json is a few hundred bytes; users can put anything there. */
const maxSpecBytes = 64 * 1024;

const SpecFile = z.object({
  argv: z.array(z.string()).min(1),
  language: z.string().min(1),
  env: z.record(z.string(), z.string()).optional(),
  interrupt_mode: z.enum(['signal', 'message']).catch('signal'),
});

/**
 * The kernel for a language: a kernelspec where Jupyter looks for them, and for Python, without one, whatever `python3` there is.
 * @throws ApiError `KERNEL_NOT_AVAILABLE` that names the languages that there are kernels for
 */
export function kernelSpecFor(language: string, env: Record<string, string>, caller: Caller): KernelSpec {
  const specs = findKernelSpecs(env, caller);
  const fitting = specs.filter((spec) => spec.language === language);
  const spec = fitting.find(({ name }) => name === 'python3') ?? fitting[0];
  if (spec) return spec;
  const python = findProgram('python3', env, caller);
  if (language === 'python' && python) return plainPython(python);
  const known = [...new Set([...specs.map((known) => known.language), ...(python ? ['python'] : [])])].sort();
  const expected = known.length > 0 ? known.join(', ') : 'a language with a kernel, of which this sandbox has none';
  throw new ApiError(
    'KERNEL_NOT_AVAILABLE',
    `This sandbox has no kernel for ${language.slice(0, 64)}. It has: ${known.join(', ') || 'none'}.`,
    { field: 'language', expected },
  );
}

/** Every kernel there is, the first of each name, in Jupyter's order of places. */
export function findKernelSpecs(env: Record<string, string>, caller: Caller): KernelSpec[] {
  const found = new Map<string, KernelSpec>();
  for (const directory of searchPath(env, caller)) {
    for (const name of listDirectory(directory, caller)) {
      if (found.has(name)) continue;
      const spec = readSpec(join(directory, name), name, env, caller);
      if (spec) found.set(name, spec);
    }
  }
  return [...found.values()];
}

function searchPath(env: Record<string, string>, caller: Caller): string[] {
  const python = findProgram('python3', env, caller);
  return [
    ...(env.JUPYTER_PATH ?? '').split(delimiter).filter(isAbsolute),
    env.JUPYTER_DATA_DIR ?? join(env.HOME ?? caller.home, '.local/share/jupyter'),
    // Where pip puts them: beside the interpreter, in a virtual environment too.
    ...(python ? [join(dirname(dirname(python)), 'share/jupyter')] : []),
    '/usr/local/share/jupyter',
    '/usr/share/jupyter',
  ].map((path) => join(path, 'kernels'));
}

function listDirectory(path: string, caller: Caller): string[] {
  try {
    return withRights(caller, () => readdirSync(path)).sort();
  } catch {
    return [];
  }
}

/** Undefined for what is no usable kernelspec: the places are full of what users and packages left there. */
function readSpec(
  directory: string,
  name: string,
  env: Record<string, string>,
  caller: Caller,
): KernelSpec | undefined {
  try {
    const file = SpecFile.parse(JSON.parse(withRights(caller, () => readSmallFile(join(directory, 'kernel.json')))));
    const [program = '', ...rest] = file.argv.map((word) => word.replaceAll('{resource_dir}', directory));
    // As Jupyter does: a bare `python` means the one that the kernelspec was installed with.
    const beside = join(directory, '../../../../bin', program);
    const path =
      /^python[\d.]*$/.test(program) && isProgram(beside, caller)
        ? beside
        : findProgram(program, { ...env, ...file.env }, caller);
    if (!path) return undefined;
    const { interrupt_mode: interruptMode, language } = file;
    return { name, language: language.toLowerCase(), argv: [path, ...rest], env: file.env ?? {}, interruptMode };
  } catch {
    return undefined;
  }
}

/** Doesn't wait for a writer where a FIFO was put in place of the file. */
function readSmallFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > maxSpecBytes) throw new Error(`${path} is no kernelspec`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function plainPython(python: string): KernelSpec {
  const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  return { name: 'python3', language: 'python', argv, env: {}, interruptMode: 'signal' };
}

/** Looks a program up as a shell of the caller's would. */
function findProgram(name: string, env: Record<string, string>, caller: Caller): string | undefined {
  if (name.includes('/')) return isAbsolute(name) && isProgram(name, caller) ? name : undefined;
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((directory) => join(directory, name))
    .find((path) => isProgram(path, caller));
}

/** Some may execute it, and the caller may get there: access(2) would ask with the agent's own rights. */
function isProgram(path: string, caller: Caller): boolean {
  try {
    const stat = withRights(caller, () => statSync(path));
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
