import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './problem.ts';
import type { Config } from './schema.ts';

/** A configuration that has an API key, and the file it is kept in where nobody configured one. */
export interface Keyed {
  config: Config;
  keptIn?: string;
  /** True when this start made it. */
  made: boolean;
}

/**
 * Gives a configuration without API key the one in `<store>/api-key`, and makes that at the first start: 32 random bytes in
 * base64url, readable by its owner only. Two servers that start at once end up with the same key.
 * @throws ConfigError when the key can't be kept, or others can read it
 */
export function ensureApiKey(config: Config): Keyed {
  if (config.server.apiKey.length > 0) return { config, made: false };
  const directory = config.store.path;
  const file = join(directory, 'api-key');
  try {
    const made = makeKey(directory, file);
    if ((statSync(file).mode & 0o077) !== 0) {
      throw problem(
        `expected ${file} to be readable by its owner only; run chmod 600 on it, or replace the key by deleting it`,
      );
    }
    const key = readFileSync(file, 'utf8').trim();
    if (!/^[\w-]{43}$/.test(key))
      throw problem(`expected a key that Cubby made in ${file}, found something else; delete it for a new one`);
    const server = Object.freeze({ ...config.server, apiKey: Object.freeze([key]) });
    return { config: Object.freeze({ ...config, server }), keptIn: file, made };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw problem(`expected a directory that an API key can be kept in: ${(error as Error).message}`);
  }
}

/** The API key of a server on this machine: what is configured, or what its first start has kept. Undefined where there is none. */
export function knownApiKey({ server, store }: Config): string | undefined {
  try {
    return server.apiKey[0] ?? readFileSync(join(store.path, 'api-key'), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Makes the file unless it is there: complete or not at all, since a link appears at once. */
function makeKey(directory: string, file: string): boolean {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (statSync(file, { throwIfNoEntry: false })) return false;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function problem(message: string): ConfigError {
  return new ConfigError([{ about: [{ name: 'store.path' }], message }]);
}
