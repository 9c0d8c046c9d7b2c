import { readFileSync } from 'node:fs';
import type { Caller } from './passwd.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What the image and the create request put into the environment, as init got it; the agent's own is another. */
export function readEnviron(path: string): Record<string, string> {
  const entries = readFileSync(path, 'utf8')
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry): [string, string] => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    });
  const environ = Object.fromEntries(entries);
  delete environ.CUBBY_TOKEN;
  return environ;
}

/**
 * The environment of a process, built from nothing: who the user is, then what image and sandbox say, then the request.
 * `keepHome`: image or request said what HOME is, so it is not the user's own.
 */
export function childEnvironment(
  environ: Record<string, string>,
  caller: Caller,
  { keepHome = false, request = {} }: { keepHome?: boolean; request?: Record<string, string> } = {},
): Record<string, string> {
  return {
    PATH: defaultPath,
    USER: caller.name,
    LOGNAME: caller.name,
    ...environ,
    ...(keepHome && environ.HOME ? {} : { HOME: caller.home }),
    ...request,
  };
}
