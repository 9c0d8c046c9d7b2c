import type { Caller } from '../users/passwd.ts';
import { close, readBlock } from './descriptors.ts';
import { fileError } from './errno.ts';
import { Occurrences } from './occurrences.ts';
import { openFile } from './open.ts';
import type { RequestPath } from './path.ts';
import { StagedFile } from './staged.ts';

/** Bytes that are searched at a time: a few milliseconds at the worst. */
const blockSize = 64 * 1024;

/** Bytes that are written at a time, about. */
const writeSize = 256 * 1024;

/**
 * Replaces every occurrence of `old` in a file and answers how many there were. The file is handled as bytes, so what is not UTF-8
 * in it stays, and as a stream, so it may have any size. It keeps its mode and owner, and is whole at any moment (`StagedFile`);
 * without an occurrence it is not touched. @throws ApiError FILE_NOT_FOUND, INVALID_FILE, PERMISSION_DENIED, DISK_FULL
 */
export async function replaceIn(caller: Caller, path: RequestPath, old: string, replacement: string): Promise<number> {
  const { descriptor } = openFile(caller, path);
  try {
    const wanted = Buffer.from(old);
    const count = await eachBlock(descriptor, wanted);
    if (count > 0) await rewrite(caller, path, descriptor, wanted, Buffer.from(replacement));
    return count;
  } finally {
    await close(descriptor);
  }
}

async function rewrite(
  caller: Caller,
  path: RequestPath,
  from: number,
  wanted: Buffer,
  replacement: Buffer,
): Promise<void> {
  const staged = new StagedFile(caller, path, {});
  try {
    await eachBlock(from, wanted, replacement, (pieces) => writePieces(staged, pieces));
    await staged.commit();
  } catch (error) {
    await staged.discard();
    throw fileError(error, path);
  }
}

/** Reads a file to its end; `write` gets what each block becomes, until it returns. Answers how many occurrences there are. */
async function eachBlock(
  descriptor: number,
  wanted: Buffer,
  replacement?: Buffer,
  write?: (pieces: Uint8Array[]) => Promise<void>,
): Promise<number> {
  const occurrences = new Occurrences(wanted);
  let count = 0;
  let pieces: Uint8Array[] = [];
  const sink = {
    keep: (bytes: Uint8Array) => void (write && pieces.push(bytes)),
    found: () => {
      count += 1;
      if (replacement) pieces.push(replacement);
    },
  };
  const buffer = Buffer.allocUnsafeSlow(blockSize);
  for (let position = 0, ended = false; !ended; ) {
    const block = await readBlock(descriptor, buffer, position);
    position += block.length;
    ended = block.length === 0;
    if (ended) occurrences.end(sink);
    else occurrences.read(block, sink);
    await write?.(pieces);
    pieces = [];
  }
  return count;
}

async function writePieces(staged: StagedFile, pieces: Uint8Array[]): Promise<void> {
  let group: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    group.push(piece);
    size += piece.length;
    if (size < writeSize) continue;
    await staged.write(Buffer.concat(group));
    group = [];
    size = 0;
  }
  if (size > 0) await staged.write(Buffer.concat(group));
}
