import { realpathSync } from 'node:fs';
import type { RequestPath } from '../../files/path.ts';
import type { Caller } from '../../users/passwd.ts';
import { withRights } from '../../users/rights.ts';

const last = new Map<string, Promise<unknown>>();

/**
 * Changes one file at a time: of two edits that read it first and write it then, one would be lost. A model calls tools side by side.
 */
export async function inTurn<T>(who: Caller, { absolute }: RequestPath, work: () => Promise<T>): Promise<T> {
  const name = realName(who, absolute);
  const before = last.get(name);
  const mine = (async () => {
    await before?.catch(() => {});
    return work();
  })();
  last.set(name, mine);
  try {
    return await mine;
  } finally {
    if (last.get(name) === mine) last.delete(name);
  }
}

/** Links may lead to it by other names. */
function realName(who: Caller, path: string): string {
  try {
    return withRights(who, () => realpathSync.native(path));
  } catch {
    return path;
  }
}
