import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import { ApiError } from '../../shared/api/errors.ts';
import type { Caller } from '../users/passwd.ts';
import { readBlock } from './descriptors.ts';
import { attachment } from './disposition.ts';
import { Lines } from './lines.ts';
import { openFile } from './open.ts';
import type { RequestPath } from './path.ts';
import { parseRange } from './range.ts';
import { sendBytes, sendLines } from './send.ts';

/** An open file and how to answer with it. Either `send` or `close` is to be called, once. */
export interface Download {
  status: 200 | 206;
  headers: Record<string, string>;
  /** Writes the body and closes the file; `sink` is not ended. */
  send(sink: Writable): Promise<void>;
  close(): void;
}

/** The file doesn't have the range that was asked for. */
export class RangeNotSatisfiable extends ApiError {
  readonly size: number;

  constructor(size: number) {
    super('RANGE_NOT_SATISFIABLE', `range: the file has ${size} bytes, and not these.`, { field: 'range' });
    this.size = size;
  }
}

/**
 * Opens a file to be sent, whole or a range of it. What it gains meanwhile is not sent; if it becomes shorter, sending fails, since
 * the length is promised by then. @throws RangeNotSatisfiable, ApiError FILE_NOT_FOUND, INVALID_FILE, PERMISSION_DENIED
 */
export async function downloadBytes(
  caller: Caller,
  path: RequestPath,
  rangeHeader: string | undefined,
): Promise<Download> {
  const { descriptor, size } = openFile(caller, path);
  try {
    // Files of /proc say that they are empty, and are not: they are sent to wherever they end.
    const endless = size === 0 && rangeHeader === undefined && (await hasContent(descriptor));
    const range = rangeHeader === undefined ? { start: 0, length: size } : parseRange(rangeHeader, size);
    if (!range) throw new RangeNotSatisfiable(size);
    const { start, length } = range;
    return {
      status: rangeHeader === undefined ? 200 : 206,
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': attachment(basename(path.absolute)),
        'accept-ranges': 'bytes',
        ...(endless ? {} : { 'content-length': String(length) }),
        ...(rangeHeader === undefined ? {} : { 'content-range': `bytes ${start}-${start + length - 1}/${size}` }),
      },
      send: (sink) => sendBytes(descriptor, sink, start, endless ? undefined : length),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Opens a file for some of its lines: from line `offset`, counted from 1, at most `limit`. */
export function downloadLines(
  caller: Caller,
  path: RequestPath,
  offset = 1,
  limit = Number.POSITIVE_INFINITY,
): Download {
  const { descriptor } = openFile(caller, path);
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    send: (sink) => sendLines(descriptor, sink, new Lines(offset, limit)),
    close: () => closeSync(descriptor),
  };
}

/** Refuses what can't be had together. @throws ApiError INVALID_PARAMETER */
export function refuseLinesOfRange(rangeHeader: string | undefined): void {
  if (rangeHeader === undefined) return;
  throw new ApiError('INVALID_PARAMETER', 'range: a range of bytes and lines (offset, limit) exclude each other.', {
    field: 'range',
    expected: 'no Range header together with offset or limit',
  });
}

async function hasContent(descriptor: number): Promise<boolean> {
  return (await readBlock(descriptor, Buffer.alloc(1), 0)).length > 0;
}
