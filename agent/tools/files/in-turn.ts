import { realpathSync } from 'node:fs';
import type { RequestPath } from '../../files/path.ts';
import type { Caller } from '../../users/passwd.ts';
import { withRights } from '../../users/rights.ts';
import { Turns } from '../turns.ts';

const turns = new Turns();

/**
 * Changes one file at a time: of two edits that read it first and write it then, one would be lost. A model calls tools side by side.
 */
export function inTurn<T>(who: Caller, { absolute }: RequestPath, work: () => Promise<T>): Promise<T> {
  return turns.take(realName(who, absolute), work);
}

/** Links may lead to it by other names. */
function realName(who: Caller, path: string): string {
  try {
    return withRights(who, () => realpathSync.native(path));
  } catch {
    return path;
  }
}
