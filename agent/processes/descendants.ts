import { readdirSync, readFileSync } from 'node:fs';

/**
 * How many processes live below the runner of this directory: the one that it runs, and whatever came of that. 0 when there is no
 * runner. It walks the whole of /proc, so it is for questions that are rarely asked.
 */
export function countDescendants(dir: string): number {
  const parents = new Map<number, number>();
  let runner: number | undefined;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The name before it may hold anything, brackets too.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') continue;
      parents.set(Number(name), Number(parent));
      const words = readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0');
      if (words[1] === 'run' && words[words.indexOf('--dir') + 1] === dir) runner = Number(name);
    } catch {
      // It has just gone.
    }
  }
  return runner === undefined
    ? 0
    : parents
        .keys()
        .filter((pid) => isBelow(pid, runner, parents))
        .toArray().length;
}

function isBelow(pid: number, top: number, parents: ReadonlyMap<number, number>): boolean {
  // No longer than there are processes: what is read one after the other may be a circle.
  let at = parents.get(pid);
  for (let steps = 0; at !== undefined && steps < parents.size; steps += 1) {
    if (at === top) return true;
    at = parents.get(at);
  }
  return false;
}
