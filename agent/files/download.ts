import { closeSync, createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { ApiError } from '../../shared/api/errors.ts';
import type { Caller } from '../users/passwd.ts';
import { readBlock } from './descriptors.ts';
import { attachment } from './disposition.ts';
import { selectLines } from './lines.ts';
import { openFile } from './open.ts';
import type { RequestPath } from './path.ts';
import { type ByteRange, parseRange } from './range.ts';

/** Bytes that are read at a time. */
const blockSize = 512 * 1024;

/** For lines, which are looked at one by one: short enough for the event loop. */
const lineBlockSize = 64 * 1024;

/** What to answer a download with. The body closes the file when it ends or is destroyed. */
export interface Download {
  status: 200 | 206 | 416;
  headers: Record<string, string>;
  body: Readable;
}

/**
 * Opens a file to be sent, whole or a range of it. A range that it doesn't have is status 416, without a body. A file that becomes
 * shorter while it is sent fails the body, since the length is promised by then; what it gains is not sent.
 */
export async function downloadBytes(
  caller: Caller,
  path: RequestPath,
  rangeHeader: string | undefined,
): Promise<Download> {
  const { descriptor, size } = openFile(caller, path);
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': attachment(basename(path.absolute)),
    'accept-ranges': 'bytes',
  };
  if (rangeHeader !== undefined) return downloadRange(descriptor, size, parseRange(rangeHeader, size), headers);
  // Files of /proc say that they are empty, and are not.
  if (size === 0 && (await hasContent(descriptor))) {
    return { status: 200, headers, body: createReadStream('', { fd: descriptor, start: 0 }) };
  }
  const body = readExactly(descriptor, 0, size);
  return { status: 200, headers: { ...headers, 'content-length': String(size) }, body };
}

function downloadRange(
  descriptor: number,
  size: number,
  range: ByteRange | undefined,
  headers: Record<string, string>,
): Download {
  if (!range) {
    closeSync(descriptor);
    return { status: 416, headers: { 'content-range': `bytes */${size}` }, body: Readable.from([]) };
  }
  const { start, length } = range;
  return {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${start}-${start + length - 1}/${size}`,
      'content-length': String(length),
    },
    body: readExactly(descriptor, start, length),
  };
}

/** Opens a file for some of its lines: from line `offset`, counted from 1, at most `limit`. */
export function downloadLines(
  caller: Caller,
  path: RequestPath,
  offset = 1,
  limit = Number.POSITIVE_INFINITY,
): Download {
  const { descriptor } = openFile(caller, path);
  const source = createReadStream('', { fd: descriptor, start: 0, highWaterMark: lineBlockSize });
  const body = selectLines(offset, limit);
  source.once('error', (error) => body.destroy(error));
  body.once('end', () => source.destroy()).once('close', () => source.destroy());
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: source.pipe(body) };
}

/** Refuses what can't be had together. @throws ApiError INVALID_PARAMETER */
export function refuseLinesOfRange(rangeHeader: string | undefined): void {
  if (rangeHeader === undefined) return;
  throw new ApiError('INVALID_PARAMETER', 'range: a range of bytes and lines (offset, limit) exclude each other.', {
    field: 'range',
    expected: 'no Range header together with offset or limit',
  });
}

function readExactly(descriptor: number, start: number, length: number): Readable {
  if (length === 0) {
    closeSync(descriptor);
    return Readable.from([]);
  }
  const stream = createReadStream('', { fd: descriptor, start, end: start + length - 1, highWaterMark: blockSize });
  // Comes before the listener of whoever reads the stream, which would end the answer as if it were whole.
  stream.once('end', () => {
    if (stream.bytesRead < length) stream.destroy(new Error('The file became shorter while it was sent.'));
  });
  return stream;
}

/** Closes the file if it can't be read. */
async function hasContent(descriptor: number): Promise<boolean> {
  try {
    return (await readBlock(descriptor, 0, 1)).length > 0;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
