import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. Its number may be given away, but not with the same start. */
export interface ProcessRef {
  pid: number;
  /** When it was started, in the kernel's ticks since the machine's. */
  start: string;
}

/** What /proc/PID/stat says, as far as it is needed here: see proc_pid_stat(5). */
export interface ProcessFacts extends ProcessRef {
  parent: number;
  /** `T`: stopped, `Z`: ended and not waited for. */
  state: string;
  /** Ticks of the processor, its own and those of children that were waited for. */
  ticks: number;
  /** Pages in memory. */
  pages: number;
}

/** A process as it is now. Undefined: it has ended, be it waited for or not. */
export function readProcess(pid: number): ProcessFacts | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name stands in brackets and may hold anything.
  const words = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent] = words;
  if (state === 'Z' || state === 'X') return undefined;
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(words[at]), 0);
  return { pid, start: words[19] ?? '', parent: Number(parent), state, ticks, pages: Number(words[21]) };
}

/** True while it is this very process. */
export function isAlive({ pid, start }: ProcessRef): boolean {
  return readProcess(pid)?.start === start;
}

/** A process and everything below it, parents before their children. Empty: it has ended. */
export function treeOf(root: ProcessRef): ProcessFacts[] {
  const all = numbers().flatMap((pid) => readProcess(pid) ?? []);
  const tree = all.filter(({ pid, start }) => pid === root.pid && start === root.start);
  for (const above of tree) tree.push(...all.filter(({ parent }) => parent === above.pid));
  return tree;
}

/** Processes in whose command line is such a word. */
export function withArgument(is: (word: string) => boolean): ProcessFacts[] {
  return numbers().flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').some(is) ? (readProcess(pid) ?? []) : [];
    } catch {
      return [];
    }
  });
}

/** Sends a signal, unless it has ended meanwhile or belongs to somebody else. */
export function send({ pid, start }: ProcessRef, signal: NodeJS.Signals): void {
  if (!isAlive({ pid, start })) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since, or made itself another user's.
  }
}

function numbers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}
