import type { Caller } from '../../users/passwd.ts';

/** What an interpreter, or a library that it imports, has read by the time of a fork; all else a fork can still be given. */
const readAtStart =
  /^(?:PYTHON\w*|LD_\w*|LC_\w*|LANG|LANGUAGE|HOME|XDG_\w*|MPL\w*|MALLOC_\w*|GLIBC_TUNABLES|\w+_NUM_THREADS|(?:OMP|OPENBLAS|GOTO|MKL|KMP|BLIS|NUMEXPR|NPY|OPENSSL|SSL|ARROW|CUDA)_\w*)$/;

/** The same for kernels that can be forks of one zygote. */
export function zygoteKey(interpreter: string[], env: Record<string, string>, caller: Caller): string {
  const read = Object.entries(env).filter(([name]) => readAtStart.test(name));
  return JSON.stringify([interpreter, caller.uid, caller.gid, caller.groups, read.sort()]);
}
