import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptVariables } from './kept-variables.ts';
import type { Caller } from './passwd.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What the image and the create request put into the environment, as init got it; the agent's own is another. HOME, which the engine
 * sets by itself, is among it only where one of the two has said it.
 */
export function readEnviron(path: string, { keepHome }: { keepHome: boolean }): Record<string, string> {
  const entries = readFileSync(path, 'utf8')
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry): [string, string] => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    });
  const environ = Object.fromEntries(entries);
  delete environ.CUBBY_TOKEN;
  if (!keepHome) delete environ.HOME;
  return environ;
}

interface EnvironmentOptions {
  /** Image or request said what HOME is, so it is not the user's own. */
  keepHome?: boolean;
}

/** What is in the environment of a user's processes to begin with, built from nothing: who they are, then what image and sandbox say. */
export function baseEnvironment(
  environ: Record<string, string>,
  caller: Caller,
  { keepHome = false }: EnvironmentOptions = {},
): Record<string, string> {
  const home = keepHome && environ.HOME ? environ.HOME : caller.home;
  return {
    PATH: defaultPath,
    USER: caller.name,
    LOGNAME: caller.name,
    EXECD_ENVS: join(home, '.opensandbox/env'),
    ...environ,
    HOME: home,
  };
}

/** The environment of a process: to that, what the user keeps for every process, then what the request says. */
export function childEnvironment(
  environ: Record<string, string>,
  caller: Caller,
  { request = {}, ...options }: EnvironmentOptions & { request?: Record<string, string> } = {},
): Record<string, string> {
  const base = baseEnvironment(environ, caller, options);
  return { ...base, ...keptVariables(base, caller), ...request };
}
