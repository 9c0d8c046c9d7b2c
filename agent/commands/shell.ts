import { accessSync, constants, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In order of preference; an image without any can't run commands. */
const shells = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash', '/bin/sh', '/usr/bin/sh', '/bin/busybox'];

/** Linux takes no argument longer than 128 KiB (MAX_ARG_STRLEN); a longer command is run from a file. */
const maxArgumentBytes = 120 * 1024;

/** The words that run a shell command; `directory` is where a long one is put. */
export function shellArgv(command: string, directory: () => string): string[] {
  const shell = shells.find(isExecutable) ?? '/bin/sh';
  const words = shell.endsWith('busybox') ? [shell, 'sh'] : [shell];
  // Without `--`, a command that starts with - or + would be taken for the shell's own options.
  if (Buffer.byteLength(command) <= maxArgumentBytes) return [...words, '-c', '--', command];
  const script = join(directory(), 'script');
  writeFileSync(script, command, { mode: 0o644 });
  return [...words, script];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
