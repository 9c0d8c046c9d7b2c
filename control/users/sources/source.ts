/** One entry of a list of users as it was written, or what is wrong with it. */
export type Entry = { place: string } & ({ id: unknown; issuer?: unknown } | { expected: string; found?: unknown });

/** A list of users, wherever it is. */
export interface UserSource {
  /** For messages. */
  name: string;
  /** All entries, from the first, some at a time; never more than those are held. @throws UsersError when it can't be read */
  entries(signal: AbortSignal): AsyncIterable<Entry[]>;
}

/** Which of the fields of an entry say who it is. */
export interface Fields {
  /** The field with the id. */
  id: string;
  /** The field with the issuer; undefined: it is given apart, or is part of the id. */
  issuer: string | undefined;
}

/** A list in pieces of so many. */
export async function* inBatches<T>(items: AsyncIterable<T>, size = 1000): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    if (batch.push(item) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
