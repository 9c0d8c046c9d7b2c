import * as fs from 'node:fs';
import { type BytePath, bytesOf, joined, toBytePath } from './byte-path.ts';
import { copyBytes } from './descriptors.ts';
import { openDirectory, pathOf } from './directory.ts';
import { readEntries } from './entries.ts';
import { invalidFile } from './errno.ts';
import type { RequestPath } from './path.ts';
import type { Steps } from './slices.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** Two descriptors are open for each level. */
const deepest = 256;

/**
 * Copies a file, a link or a whole directory to a place where nothing is, with modes, times and, where the caller may give files
 * away, owners. Extended attributes are not copied, and names of one file become files of their own.
 * @throws ApiError INVALID_FILE for anything else in it, such as a FIFO; what is copied by then stays for the caller to remove.
 */
export function copyTree(source: RequestPath, destination: string): Steps {
  return copyEntry(source, toBytePath(source.absolute), toBytePath(destination), 0);
}

function* copyEntry(source: RequestPath, from: BytePath, to: BytePath, level: number): Steps {
  const stats = fs.lstatSync(bytesOf(from));
  if (stats.isSymbolicLink()) copyLink(from, to, stats);
  else if (stats.isFile()) yield* copyFile(from, to);
  else if (stats.isDirectory()) yield* copyDirectory(source, from, to, level, stats);
  else throw invalidFile(source, 'it is or holds something that is neither file, directory nor link');
  yield;
}

function copyLink(from: BytePath, to: BytePath, stats: fs.Stats): void {
  fs.symlinkSync(fs.readlinkSync(bytesOf(from), 'buffer'), bytesOf(to));
  keepOwner(() => fs.lchownSync(bytesOf(to), stats.uid, stats.gid));
  fs.lutimesSync(bytesOf(to), stats.atime, stats.mtime);
}

function* copyFile(from: BytePath, to: BytePath): Steps {
  const source = fs.openSync(bytesOf(from), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fs.fstatSync(source);
    const copy = fs.openSync(bytesOf(to), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      yield copyBytes(source, copy);
      const kept = keepOwner(() => fs.fchownSync(copy, stats.uid, stats.gid));
      fs.fchmodSync(copy, modeFor(stats, kept));
      fs.futimesSync(copy, stats.atime, stats.mtime);
    } finally {
      fs.closeSync(copy);
    }
  } finally {
    fs.closeSync(source);
  }
}

function* copyDirectory(source: RequestPath, from: BytePath, to: BytePath, level: number, stats: fs.Stats): Steps {
  if (level > deepest) throw invalidFile(source, `it is more than ${deepest} directories deep`);
  fs.mkdirSync(bytesOf(to), 0o700);
  const original = openDirectory(from);
  try {
    const copy = openDirectory(to);
    try {
      for (const { name } of readEntries(pathOf(original))) {
        yield* copyEntry(source, joined(pathOf(original), name), joined(pathOf(copy), name), level + 1);
      }
      const kept = keepOwner(() => fs.chownSync(pathOf(copy), stats.uid, stats.gid));
      fs.chmodSync(pathOf(copy), modeFor(stats, kept));
      fs.utimesSync(pathOf(copy), stats.atime, stats.mtime);
    } finally {
      fs.closeSync(copy);
    }
  } finally {
    fs.closeSync(original);
  }
}

/** Whether the copy has the owner of the original: only root can give files away. */
function keepOwner(chown: () => void): boolean {
  try {
    chown();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

/** Set-id bits would lend the rights of somebody else than in the original. */
function modeFor(stats: fs.Stats, ownerKept: boolean): number {
  return stats.mode & (ownerKept ? 0o7777 : 0o777);
}
