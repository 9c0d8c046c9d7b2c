import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Caller } from './passwd.ts';
import { withRights } from './rights.ts';

/** A larger file is left alone, and more is not put in place of `$NAME`s: Linux takes 128 KiB at most for a variable. */
const maxBytes = 63 * 1024;

/**
 * `KEY=VALUE`, one after the other: 'as it is', "with escapes and $NAME", or up to the end of the line. The first
 * alternative passes over empty lines and comments, the last over what is none of these.
 */
const entry =
  /[ \t]*(?:#[^\n]*)?\n|[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\n]*))[ \t\r]*(?:\n|$)|[^\n]*\n?/gs;
const reference = /\\(.)|\$(?:\{(\w+)\}|([A-Za-z_]\w*))/gs;
const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

/**
 * Variables that a user keeps for every process to come, in the file that EXECD_ENVS names: OpenSandbox's clients append to
 * it, and the last value counts. It is read with the user's own rights; without it there are none.
 */
export function keptVariables(env: Record<string, string>, caller: Caller): Record<string, string> {
  const text = readOwn(env.EXECD_ENVS ?? '', caller);
  const kept = new Map<string, string>();
  let room = maxBytes;
  const lookUp = (name: string) => {
    const value = kept.get(name) ?? (Object.hasOwn(env, name) ? env[name]! : '');
    room -= Buffer.byteLength(value);
    // Ten lines that each double the one before would be a thousand times the file.
    return room < 0 ? '' : value;
  };
  const expand = (value: string, hasEscapes: boolean) =>
    value.replace(reference, (whole, escaped?: string, braced?: string, bare?: string) => {
      if (escaped === undefined) return lookUp(braced ?? bare!);
      return hasEscapes ? (escapes[escaped] ?? escaped) : whole;
    });
  for (const [, name, plain, quoted, bare] of text.matchAll(entry)) {
    if (name === undefined) continue;
    kept.set(name, plain ?? (quoted === undefined ? expand(bare!.trim(), false) : expand(quoted, true)));
  }
  return Object.fromEntries(kept);
}

function readOwn(path: string, caller: Caller): string {
  if (!isAbsolute(path)) return '';
  let file: number | undefined;
  try {
    // Whatever the user has put there: a pipe must not be waited for, nor a device read.
    file = withRights(caller, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY));
    if (!fstatSync(file).isFile()) return '';
    const bytes = Buffer.alloc(maxBytes + 1);
    const length = readSync(file, bytes);
    return length > maxBytes ? '' : bytes.toString('utf8', 0, length).replaceAll('\0', '');
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
