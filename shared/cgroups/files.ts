import { readFileSync } from 'node:fs';
import type { ControllerDirectory } from './cgroup.ts';

/**
 * Text of a file of a cgroup. Undefined when it can't be read: the kernel doesn't have it (ENOENT), doesn't do that here
 * (EOPNOTSUPP for pressure), or the cgroup was removed meanwhile (ENODEV). Synchronous: the kernel answers from memory, in microseconds.
 */
export function readFile(directory: string, name: string): string | undefined {
  try {
    return readFileSync(`${directory}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** A file with one number in it. `max`, which is how version 2 writes "no limit", is undefined, and so is what isn't a number. */
export function readNumber(directory: string, name: string): number | undefined {
  return toNumber(readFile(directory, name));
}

/** A file of `key value` lines. */
export function readKeyed(directory: string, name: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of (readFile(directory, name) ?? '').split('\n')) {
    const [key, text] = line.split(' ');
    const value = toNumber(text);
    if (key && value !== undefined) values.set(key, value);
  }
  return values;
}

/** Parses what cgroup files write as a number. */
export function toNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim();
  if (!trimmed) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * The smallest of a limit that is read from the cgroup and from each one above it, up to the mount point: every one of them
 * is in force. Undefined when none has one.
 */
export function tightest(
  { directory, mountPoint }: ControllerDirectory,
  read: (directory: string) => number | undefined,
): number | undefined {
  let limit: number | undefined;
  for (let at = directory; at.startsWith(mountPoint); at = at.slice(0, at.lastIndexOf('/'))) {
    const here = read(at);
    if (here !== undefined && (limit === undefined || here < limit)) limit = here;
  }
  return limit;
}
