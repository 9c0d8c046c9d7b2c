import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxDisk } from '../../code/sandbox.ts';

/** The processes that kernels of this sandbox are forked of. */
export function zygotesOf({ dir }: Pick<SandboxDisk, 'dir'>): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isOne(pid, join(dir, 'launchers/zygote.py')));
}

/** The kernels that this one has forked. */
export function forksOf(zygote: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return forkedOf(pid) === zygote;
      } catch {
        return false;
      }
    });
}

/** The zygote above a forked kernel, which is above the kernel's runner. */
export function forkedOf(kernel: number): number {
  return parentOf(parentOf(kernel));
}

export function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]);
}

/** A kernel has the words of its zygote, but the runner of a zygote is started by an agent. */
function isOne(pid: number, program: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (words[0]!.endsWith('/init') || !words.includes(program)) return false;
    const above = readFileSync(`/proc/${parentOf(pid)}/cmdline`, 'utf8').split('\0');
    return above.includes(program) && above[0]!.endsWith('/init');
  } catch {
    return false;
  }
}
