import { accessSync, constants } from 'node:fs';

/** In order of preference; an image without any can't run commands. */
const shells = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash', '/bin/sh', '/usr/bin/sh', '/bin/busybox'];

/** The words that call the image's best shell, which options may follow. `isBash`: it knows bash's long ones. */
export function findShell(): { words: string[]; isBash: boolean } {
  const shell = shells.find(isExecutable) ?? '/bin/sh';
  return { words: shell.endsWith('busybox') ? [shell, 'sh'] : [shell], isBash: shell.endsWith('/bash') };
}

/** Whether the image has a shell at all. */
export function hasShell(): boolean {
  return shells.some(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
