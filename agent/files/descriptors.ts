import * as fs from 'node:fs';
import { promisify } from 'node:util';

// Bytes move through open descriptors in Node's thread pool, where no path is looked up and so nobody's rights matter.
const read = promisify(fs.read);
const write = promisify(fs.write);
const writev = promisify(fs.writev);
export const close = promisify(fs.close);
export const fsync = promisify(fs.fsync);
export const fdatasync = promisify(fs.fdatasync);

/** Bytes moved at a time: large enough that the thread pool's round trip doesn't count. */
const blockSize = 1024 * 1024;

/**
 * Reads into `buffer` what is at `position`, and gives the filled part: all of it, or less at the end of the file. Whoever reads a
 * file block by block uses one buffer for all: the garbage of many kills the agent of a sandbox with 64 MiB.
 */
export async function readBlock(descriptor: number, buffer: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await read(descriptor, buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Writes all of `block` at `position`. */
export async function writeBlock(descriptor: number, block: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < block.length) {
    const { bytesWritten } = await write(descriptor, block, written, block.length - written, position + written);
    written += bytesWritten;
  }
}

/** Writes all of `blocks`, one after the other, from `position` on. */
export async function writeBlocks(descriptor: number, blocks: Uint8Array[], position: number): Promise<void> {
  const { bytesWritten } = await writev(descriptor, blocks, position);
  // A full disk or a limit may take a part; writing the rest says why.
  let end = 0;
  for (const block of blocks) {
    const start = Math.max(bytesWritten - end, 0);
    if (start < block.length) await writeBlock(descriptor, block.subarray(start), position + end + start);
    end += block.length;
  }
}

/** Copies a file's whole content from one descriptor to another. */
export async function copyBytes(from: number, to: number): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(blockSize);
  for (let position = 0; ; ) {
    const block = await readBlock(from, buffer, position);
    if (block.length === 0) return;
    await writeBlock(to, block, position);
    position += block.length;
  }
}
