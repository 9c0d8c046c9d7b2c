import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findShell } from '../processes/shell.ts';

/** Linux takes no argument longer than 128 KiB (MAX_ARG_STRLEN); a longer command is run from a file. */
const maxArgumentBytes = 120 * 1024;

/** The words that run a shell command; `directory` is where a long one is put. */
export function shellArgv(command: string, directory: () => string): string[] {
  const { words } = findShell();
  // Without `--`, a command that starts with - or + would be taken for the shell's own options.
  if (Buffer.byteLength(command) <= maxArgumentBytes) return [...words, '-c', '--', command];
  const script = join(directory(), 'script');
  writeFileSync(script, command, { mode: 0o644 });
  return [...words, script];
}
