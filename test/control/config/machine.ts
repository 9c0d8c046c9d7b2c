import assert from 'node:assert/strict';
import { loadConfig } from '../../../control/config/load.ts';
import { ConfigError } from '../../../control/config/problem.ts';
import type { Config } from '../../../control/config/schema.ts';
import type { Surroundings } from '../../../control/config/surroundings.ts';

/** What a test says of its machine; the rest is an ordinary user's empty home directory. */
export interface Machine {
  argv?: readonly string[];
  env?: Record<string, string>;
  /** Text by absolute path. */
  files?: Record<string, string | Uint8Array>;
  uid?: number;
}

/** A machine that has these files only, so that a test depends on nobody's home directory. */
export function machine({ env = {}, files = {}, uid = 1000 }: Machine = {}): Surroundings {
  return {
    env,
    home: '/home/ada',
    uid,
    cwd: '/srv/work',
    checkout: '/opt/cubby',
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return typeof content === 'string' ? Buffer.from(content) : content;
    },
  };
}

/** The configuration there. */
export function load(given: Machine = {}): Config {
  return loadConfig(given.argv ?? [], machine(given)).config;
}

/** The problems of a configuration that must not load, one line each. */
export function complaints(given: Machine): string[] {
  try {
    load(given);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  assert.fail('the configuration was loaded');
}

/** The one problem of a configuration that must not load. */
export function complaint(given: Machine): string {
  const all = complaints(given);
  assert.equal(all.length, 1, all.join('\n'));
  return all[0]!;
}
