import { readdirSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';
import { type FoundSpec, type KernelSpec, readKernelSpec, type SpecFile } from './kernelspec.ts';
import { findProgram } from './programs.ts';

/** For kernelspecs that are only meant for Cubby. */
const ownPlace = '/etc/cubby/kernels';

/**
 * Every kernel there is at this moment, the first of each name, in Jupyter's order of places; then `own`, which need no
 * kernelspec. What can't be used is among them, as it hides what comes after it.
 */
export function findKernelSpecs(env: Record<string, string>, caller: Caller, own: KernelSpec[] = []): FoundSpec[] {
  const found = new Map<string, FoundSpec>();
  for (const place of searchPath(env, caller)) {
    for (const file of listPlace(place, caller)) {
      const key = file.name.toLowerCase();
      if (!found.has(key)) found.set(key, readKernelSpec(file, env, caller));
    }
  }
  for (const spec of own) if (!found.has(spec.name)) found.set(spec.name, spec);
  return [...found.values()];
}

function searchPath(env: Record<string, string>, caller: Caller): string[] {
  const python = findProgram('python3', env, caller);
  const jupyter = [
    ...(env.JUPYTER_PATH ?? '').split(delimiter).filter(isAbsolute),
    env.JUPYTER_DATA_DIR ?? join(env.HOME ?? caller.home, '.local/share/jupyter'),
    // Where pip puts them: beside the interpreter, in a virtual environment too.
    ...(python ? [join(dirname(dirname(python)), 'share/jupyter')] : []),
    '/usr/local/share/jupyter',
    '/usr/share/jupyter',
  ];
  return [...new Set([...jupyter.map((path) => join(path, 'kernels')), ownPlace])];
}

/** Both forms: `NAME/kernel.json` and `NAME.json`. A folder without the file is nobody's kernelspec. */
function listPlace(place: string, caller: Caller): SpecFile[] {
  return listDirectory(place, caller).flatMap((name) => {
    if (name.startsWith('.')) return [];
    if (name.endsWith('.json')) return [{ name: basename(name, '.json'), path: join(place, name) }];
    const inside = listDirectory(join(place, name), caller);
    return inside.includes('kernel.json') ? [{ name, path: join(place, name, 'kernel.json') }] : [];
  });
}

function listDirectory(path: string, caller: Caller): string[] {
  try {
    return withRights(caller, () => readdirSync(path)).sort();
  } catch {
    return [];
  }
}
