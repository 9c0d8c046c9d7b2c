import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { ApiError } from '../../shared/api/errors.ts';

/** One part of a multipart body. */
export interface Part {
  name: string;
  content: Readable;
}

/** Bytes of a part that are held in memory: what is read ahead while the disk is busy. */
const readAhead = 1024 * 1024;

/** Small parts that may wait in memory for the one before them. */
const mostWaiting = 16;

/**
 * Reads a `multipart/form-data` body and gives its parts to `take`, one after the other, in order; a part that `take` doesn't read to
 * its end is skipped. The body is read no faster than its parts are. When it fails, so do the parts on their way, and this waits
 * for `take` to clean up; the rest of the body stays unread. @throws ApiError INVALID_REQUEST_BODY; whatever `take` throws
 */
export async function eachPart(
  body: Readable,
  headers: IncomingHttpHeaders,
  take: (part: Part) => Promise<void>,
): Promise<void> {
  const parser = await createParser(headers);
  const failed = new AbortController();
  const unfinished = new Set<Readable>();
  // What has been seen, but for the newest part, and all of it.
  let before: Promise<void> = Promise.resolve();
  let all = before;
  let waiting = 0;

  const fail = (reason: Error) => {
    failed.abort(reason);
    for (const content of unfinished) content.destroy(reason);
  };
  // At once: busboy tells an end that comes too early here, and then ends the part as if it were whole.
  parser.on('error', (error: Error) => fail(malformed(error)));
  parser.on('file', (name: string, content: Readable) => {
    unfinished.add(content);
    content.on('error', () => {}).on('close', () => unfinished.delete(content));
    waiting += 1;
    before = all;
    all = before.then(async () => {
      failed.signal.throwIfAborted();
      await take({ name, content });
      content.resume();
      waiting -= 1;
    });
    all.catch(fail);
  });

  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      failed.signal.throwIfAborted();
      if (!parser.write(chunk)) await once(parser, 'drain', { signal: failed.signal });
      if (waiting > mostWaiting) await before;
    }
    const parsed = once(parser, 'finish', { signal: failed.signal });
    parser.end();
    await parsed;
    await all;
  } catch (error) {
    if (!failed.signal.aborted) fail(malformed(error as Error));
    await all.catch(() => {});
    throw failed.signal.reason;
  }
}

/** Loaded with the first upload: what loads at start delays every sandbox. */
async function createParser(headers: IncomingHttpHeaders) {
  // In the pack a CommonJS package that is loaded late has its default only.
  const { Busboy } = (await import('@fastify/busboy')).default;
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      highWaterMark: readAhead,
      fileHwm: readAhead,
      isPartAFile: () => true,
      limits: { headerPairs: 100, headerSize: 16 * 1024 },
    });
  } catch (error) {
    throw new ApiError('INVALID_REQUEST_BODY', `This is not a multipart body: ${(error as Error).message}`, {
      field: 'content-type',
      expected: 'multipart/form-data with a boundary',
    });
  }
}

function malformed(error: Error): ApiError {
  if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') {
    return new ApiError('INVALID_REQUEST_BODY', 'The connection ended before the body did.', { field: 'body' });
  }
  return new ApiError('INVALID_REQUEST_BODY', `The multipart body is broken: ${error.message}`, {
    field: 'body',
    expected: 'parts that end with a boundary',
  });
}
