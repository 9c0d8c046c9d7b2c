import { checkedKey, partsOfKey, type WorkspaceKey } from '../workspaces/key.ts';
import type { Entry } from './sources/source.ts';

/** Whose workspace an entry is about, or what is wrong with it. */
export type Keyed = { place: string } & ({ key: WorkspaceKey } | { expected: string; found?: unknown });

/**
 * Reads an entry. Its issuer is what it says itself, else `issuer`; where neither is, its id is a whole key. An id is text, or a whole
 * number that is written out, and never changed.
 */
export function keyed(entry: Entry, issuer: string | undefined): Keyed {
  const { place } = entry;
  if ('expected' in entry) return entry;
  const id = textOf(entry.id);
  if (id === undefined) return { place, expected: 'an id that is text or a whole number', found: entry.id };
  const from = 'issuer' in entry ? textOf(entry.issuer) : issuer;
  if ('issuer' in entry && from === undefined)
    return { place, expected: 'an issuer that is text', found: entry.issuer };
  if (from === undefined && !id.includes(':')) {
    return { place, expected: 'a key as issuer:subject; --issuer says whose ids without one are', found: id };
  }
  try {
    return { place, key: checkedKey(from === undefined ? partsOfKey(id) : { issuer: from, subject: id }) };
  } catch (error) {
    const { expected } = error as { expected?: string };
    if (expected === undefined) throw error;
    return { place, expected, found: from === undefined ? id : `${from}:${id}` };
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
