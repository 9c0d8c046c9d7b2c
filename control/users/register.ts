import { type Keyed, keyed } from './keyed.ts';
import type { Roll } from './roll.ts';
import type { UserSource } from './sources/source.ts';

/** What became of the entries of a list. */
export interface Read {
  entries: number;
  /** Users, each once. */
  users: number;
  /** Entries that no user could be read from. */
  bad: number;
}

export interface RegisterOptions {
  roll: Roll;
  source: UserSource;
  /** Whose the ids are that name no issuer. */
  issuer: string | undefined;
  signal: AbortSignal;
  onBad(entry: Keyed & { expected: string }): void;
  onRead(read: Read): void;
}

/** Writes all users of a source on the roll. @throws UsersError when it can't be read to its end */
export async function register({ roll, source, issuer, signal, onBad, onRead }: RegisterOptions): Promise<Read> {
  const read = { entries: 0, users: 0, bad: 0 };
  for await (const entries of source.entries(signal)) {
    const keys = [];
    for (const entry of entries) {
      const one = keyed(entry, issuer);
      if ('key' in one) keys.push(one.key);
      else onBad(one);
    }
    read.entries += entries.length;
    read.bad += entries.length - keys.length;
    read.users += roll.add(keys);
    onRead(read);
  }
  return read;
}
