import { createReadStream } from 'node:fs';
import { UsersError } from '../problem.ts';
import { csvEntries } from './csv.ts';
import { jsonEntries } from './json-lines.ts';
import { plainEntries } from './plain.ts';
import { type Fields, inBatches, type UserSource } from './source.ts';

/** How users may be written in a file. */
export const formats = ['lines', 'csv', 'jsonl'] as const;
export type Format = (typeof formats)[number];

export interface FileSource {
  /** For messages. */
  name: string;
  open(): AsyncIterable<Uint8Array>;
  format: Format;
  fields: Fields;
}

/** The users in a file, or in what comes on a standard input. */
export function fileSource({ name, open, format, fields }: FileSource): UserSource {
  return {
    name,
    async *entries(signal) {
      const bytes = heard(open(), signal);
      try {
        const entries = { lines: plainEntries, csv: csvEntries, jsonl: jsonEntries }[format](bytes, fields);
        for await (const batch of inBatches(entries)) {
          signal.throwIfAborted();
          yield batch;
        }
      } catch (error) {
        signal.throwIfAborted();
        const { code, message } = error as NodeJS.ErrnoException;
        const why =
          code === undefined || error instanceof UsersError
            ? message
            : `expected a file that can be read, found ${code}`;
        throw new UsersError(`${name}: ${why}`, { cause: error });
      }
    },
  };
}

/** A file's bytes; nothing is opened before they are asked for. */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 256 * 1024 });
}

/** The format that the end of a file's name says; lines where it says nothing. */
export function formatOf(path: string): Format {
  if (/\.csv$/i.test(path)) return 'csv';
  return /\.(jsonl|ndjson)$/i.test(path) ? 'jsonl' : 'lines';
}

/** Ends when the signal does, also while it waits for what does not come. */
async function* heard(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  const reader = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([reader.next(), aborted.promise]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // One that waits for what does not come would keep this waiting.
    void reader.return?.().catch(() => {});
  }
}
