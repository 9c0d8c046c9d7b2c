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

/** Reads from `position`, fewer bytes than `size` only at the end of the file. */
export async function readBlock(descriptor: number, position: number, size: number): Promise<Buffer> {
  const block = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await read(descriptor, block, filled, size - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return block.subarray(0, filled);
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
  for (let position = 0; ; ) {
    const block = await readBlock(from, position, blockSize);
    if (block.length === 0) return;
    await writeBlock(to, block, position);
    position += block.length;
  }
}
