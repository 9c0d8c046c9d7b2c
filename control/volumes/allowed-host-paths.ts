import { realpathSync, statSync } from 'node:fs';
import { ApiError } from '../../shared/api/errors.ts';
import { brief, isWithin, namesOf, pathOf } from './paths.ts';
import { fieldOf, refusal } from './refusal.ts';

/** A prefix as the administrator wrote it, and where that really is. */
interface Root {
  written: string;
  real: string;
}

/** The prefixes below which directories of the host may be mounted. Where the administrator named a link, its target counts. */
export class AllowedHostPaths {
  readonly #roots: readonly Root[];

  /**
   * Looks at the prefixes once, at start. `kept`: places that no sandbox may be given, which a prefix must not be in.
   * @throws ApiError `DOCKER::INITIALIZATION_ERROR` for one that isn't a directory, or is in a kept place
   */
  constructor(prefixes: readonly string[], kept: readonly string[]) {
    this.#roots = prefixes.map((prefix) => {
      const real = directoryAt(prefix);
      const keeper = kept.find((place) => isWithin(real, place));
      if (keeper) throw wrong(`directories outside of ${keeper}`, prefix);
      return { written: pathOf(namesOf(prefix) ?? []), real };
    });
  }

  /**
   * The path of the directory that a request means, without any link above it; whether there are links in the rest shows
   * when it is opened. @throws ApiError `VOLUME::INVALID_HOST_PATH`, `VOLUME::HOST_PATH_NOT_ALLOWED`
   */
  resolve(text: string, subPath: string, index: number): string {
    const field = fieldOf(index, 'host.path');
    const names = text.startsWith('/') ? namesOf(text) : undefined;
    const whole = names && namesOf(`${text}/${subPath}`);
    if (!names || !whole) {
      const expected = 'an absolute path without ".." and control characters';
      throw refusal('VOLUME::INVALID_HOST_PATH', field, { expected, found: brief(text) });
    }
    const path = pathOf(names);
    const matching = this.#roots.flatMap(({ written, real }) => [written, real].map((from) => ({ from, real })));
    const root = matching.find(({ from }) => isWithin(path, from));
    if (root) return pathOf(namesOf(`${root.real}/${pathOf(whole).slice(root.from.length)}`) ?? []);
    const none = this.#roots.length === 0 && ' (none is allowed: storage.allowed_host_paths is empty)';
    const expected = 'a path below one of the server’s storage.allowed_host_paths';
    throw refusal('VOLUME::HOST_PATH_NOT_ALLOWED', field, { expected, found: `${brief(path)}${none || ''}` });
  }

  /** How many names of a resolved path the administrator answers for: what is missing among them is not made. */
  depthOf(path: string): number {
    const depths = this.#roots.filter(({ real }) => isWithin(path, real)).map(({ real }) => namesOf(real)!.length);
    return Math.min(...depths);
  }
}

function directoryAt(prefix: string): string {
  try {
    const real = realpathSync(prefix);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw wrong(`directories that are there (${(error as NodeJS.ErrnoException).code})`, prefix);
  }
  throw wrong('directories', prefix);
}

function wrong(expected: string, prefix: string): ApiError {
  const message = `storage.allowed_host_paths: expected ${expected}, found ${prefix}`;
  return new ApiError('DOCKER::INITIALIZATION_ERROR', message, { field: 'storage.allowed_host_paths', expected });
}
