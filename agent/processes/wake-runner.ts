import { readdirSync, readFileSync } from 'node:fs';

/** Sends SIGCONT to the runner of this directory, whose number nobody knows who did not start it. To anybody else it would do no harm. */
export function wakeRunner(dir: string): void {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      if (words[1] === 'run' && words[words.indexOf('--dir') + 1] === dir) process.kill(Number(pid), 'SIGCONT');
    } catch {
      // It has just gone.
    }
  }
}
