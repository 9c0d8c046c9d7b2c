import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** All that loading the configuration takes from the machine; tests pass another. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  home: string;
  uid: number;
  /** What relative paths of flags and of the environment are relative to. */
  cwd: string;
  /** The directory that holds package.json. */
  checkout: string;
  /** @throws the file system's errors, with their `code` */
  readFile(path: string): Uint8Array;
}

/** The machine and user that this process really has. */
export function realSurroundings(): Surroundings {
  return {
    env: process.env,
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    cwd: process.cwd(),
    checkout: join(import.meta.dirname, '../..'),
    readFile: (path) => readFileSync(path),
  };
}

/** Where a program keeps what must survive a restart: XDG's base directory rules, and /var/lib for root. */
export function stateDirectory({ env, home, uid }: Surroundings): string {
  const xdg = env.XDG_STATE_HOME;
  // The specification wants a relative one ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, 'cubby');
  return uid === 0 ? '/var/lib/cubby' : join(home, '.local/state/cubby');
}
