import { type BigIntStats, constants } from 'node:fs';
import { chmod, chown, type FileHandle, mkdir, open } from 'node:fs/promises';

/** A way into a directory that nothing is read or written through. O_PATH has no name in Node, and this number on its architectures. */
const pathOnly = 0o10000000 | constants.O_NOFOLLOW;

/** Why a way down ends before its end. */
export type Obstacle = 'absent' | 'link' | 'file' | 'failed';

/** A part of a path that can't be gone through. */
export class BlockedPath extends Error {
  readonly obstacle: Obstacle;
  /** How many names had been gone down. */
  readonly depth: number;

  constructor(obstacle: Obstacle, depth: number, cause?: unknown) {
    super((cause as NodeJS.ErrnoException | undefined)?.code ?? obstacle, { cause });
    this.name = 'BlockedPath';
    this.obstacle = obstacle;
    this.depth = depth;
  }
}

/** What a missing directory is made as. */
export interface Making {
  mode: number;
  owner?: number;
}

export interface DescentOptions {
  /** Makes what is missing. */
  make?: Making | undefined;
  /** Sees every directory that is gone into; throws to stop. */
  onStep?: (stats: BigIntStats, depth: number) => void;
}

/** Opens a directory by a path that nobody but the administrator can change; links above it are the administrator's. */
export function openDirectory(path: string): Promise<FileHandle> {
  return open(path, pathOnly | constants.O_DIRECTORY);
}

/**
 * Goes from a directory down through `names`, one descriptor after the other, and returns the last; `from` stays open. No
 * symbolic link is ever followed, whatever others do to the directories meanwhile: each name is looked up in a directory
 * that is held, and what was found is looked at through what was opened. @throws BlockedPath
 */
export async function descend(
  from: FileHandle,
  names: readonly string[],
  { make, onStep }: DescentOptions = {},
): Promise<FileHandle> {
  let here = from;
  try {
    for (const [depth, name] of names.entries()) {
      const next = await enter(here, name, depth, make);
      if (here !== from) await here.close();
      here = next;
      const stats = await directoryStats(here, depth);
      onStep?.(stats, depth + 1);
    }
    return here === from ? await open(`/proc/self/fd/${from.fd}`, pathOnly & ~constants.O_NOFOLLOW) : here;
  } catch (error) {
    if (here !== from) await here.close();
    throw error;
  }
}

async function directoryStats(handle: FileHandle, depth: number): Promise<BigIntStats> {
  const stats = await handle.stat({ bigint: true });
  if (stats.isDirectory()) return stats;
  throw new BlockedPath(stats.isSymbolicLink() ? 'link' : 'file', depth);
}

async function enter(here: FileHandle, name: string, depth: number, make: Making | undefined): Promise<FileHandle> {
  const path = `/proc/self/fd/${here.fd}/${name}`;
  try {
    return await open(path, pathOnly);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new BlockedPath('failed', depth, error);
    if (!make) throw new BlockedPath('absent', depth, error);
  }
  try {
    const made = await mkdir(path, make.mode).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    const handle = await open(path, pathOnly);
    try {
      if (made) await adjust(handle, make);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw new BlockedPath('failed', depth, error);
  }
}

/** Gives a new directory its mode and owner, unless another has got its name by now. */
async function adjust(handle: FileHandle, { mode, owner }: Making): Promise<void> {
  const stats = await handle.stat();
  if (!stats.isDirectory() || stats.uid !== process.geteuid?.()) return;
  const path = `/proc/self/fd/${handle.fd}`;
  await chmod(path, mode);
  // Only root may give away; what others make belongs to them.
  if (owner !== undefined && stats.uid === 0) await chown(path, owner, owner);
}
