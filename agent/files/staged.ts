import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../users/make-directory.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';
import { close, copyBytes, fdatasync, fsync, writeBlocks } from './descriptors.ts';
import { asCaller, fileError } from './errno.ts';
import type { RequestPath } from './path.ts';
import type { Access } from './permissions.ts';
import { findTarget, type Target } from './target.ts';
import { temporaryName } from './temporary.ts';

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, O_TRUNC, O_RDONLY, O_DIRECTORY } = fs.constants;

/** Bytes that are written at a time: large enough that the thread pool's round trip doesn't count. */
const gatherSize = 1024 * 1024;

/**
 * Bytes between two requests to the disk to write. Without, a large file is written back in one go at the end, and the client
 * waits for that after its last byte.
 */
const syncEvery = 32 * 1024 * 1024;

const newFileMode = 0o666 & ~process.umask();

/**
 * The new content of a file on its way: written beside it under a name that nobody knows, then renamed over it, so that at any
 * moment there is the old file or the new one, whole, also after a power cut. A file keeps its mode and owner unless `access`
 * says otherwise, as far as the caller may give files away; other names (hard links) keep the old content.
 */
export class StagedFile {
  readonly #caller: Caller;
  readonly #path: RequestPath;
  readonly #access: Access;
  readonly #target: Target;
  readonly #temporary: string;
  readonly #descriptor: number;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Bytes that were handed to the file system, or are about to be. */
  #length = 0;
  #unsynced = 0;
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();

  /** Starts a new content for `path`; directories that are missing above it are made. @throws ApiError */
  constructor(caller: Caller, path: RequestPath, access: Access) {
    this.#caller = caller;
    this.#path = path;
    this.#access = access;
    const { target, temporary, descriptor } = asCaller(caller, path, () => {
      const target = findTarget(path);
      makeDirectory(dirname(target.path));
      const temporary = join(dirname(target.path), temporaryName());
      return { target, temporary, descriptor: fs.openSync(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600) };
    });
    this.#target = target;
    this.#temporary = temporary;
    this.#descriptor = descriptor;
  }

  /** There was no file. */
  get isNew(): boolean {
    return this.#target.existing === undefined;
  }

  /** Appends `block` and takes it over. Wait for it before the next: it waits while the disk is behind. */
  async write(block: Uint8Array): Promise<void> {
    this.#gathered.push(block);
    this.#gatheredBytes += block.length;
    if (this.#gatheredBytes >= gatherSize) await this.#flush();
  }

  /** Puts the content in place; on the disk when this returns. On failure, `discard` is still to be called. */
  async commit(): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#syncing;
    asCaller(this.#caller, this.#path, () => this.#setAccess());
    await fsync(this.#descriptor);
    if (asCaller(this.#caller, this.#path, () => this.#rename())) await this.#syncDirectory();
    else await this.#overwrite();
    await close(this.#descriptor);
  }

  /** Gives up: nothing is left of it. */
  async discard(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing]);
    try {
      withRights(this.#caller, () => fs.unlinkSync(this.#temporary));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, this.#path);
    } finally {
      // Frees the blocks, which can take a while.
      await close(this.#descriptor);
    }
  }

  /** Starts to write what was gathered, once what was gathered before is written. */
  async #flush(): Promise<void> {
    await this.#writing;
    const blocks = this.#gathered;
    if (blocks.length === 0) return;
    this.#writing = writeBlocks(this.#descriptor, blocks, this.#length).then(() => blocks.forEach(release));
    // Told to whoever waits for it next.
    this.#writing.catch(() => {});
    this.#length += this.#gatheredBytes;
    this.#unsynced += this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (this.#unsynced >= syncEvery) await this.#sync();
  }

  async #sync(): Promise<void> {
    this.#unsynced = 0;
    await this.#syncing;
    this.#syncing = fdatasync(this.#descriptor);
    this.#syncing.catch(() => {});
  }

  #setAccess(): void {
    const { uid, gid, mode } = this.#access;
    const { existing } = this.#target;
    if (existing) keepOwner(this.#descriptor, existing);
    if (uid !== undefined || gid !== undefined) fs.fchownSync(this.#descriptor, uid ?? -1, gid ?? -1);
    fs.fchmodSync(this.#descriptor, mode ?? (existing ? existing.mode & 0o777 : newFileMode));
  }

  /** False where the old file is a mount point, as /etc/hosts in a container. */
  #rename(): boolean {
    try {
      fs.renameSync(this.#temporary, this.#target.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EBUSY' && this.#target.existing) return false;
      throw error;
    }
  }

  /** The second best: the new content is whole on the disk, and then copied into the old file. */
  async #overwrite(): Promise<void> {
    const old = asCaller(this.#caller, this.#path, () => fs.openSync(this.#target.path, O_WRONLY | O_TRUNC));
    try {
      await copyBytes(this.#descriptor, old);
      await fsync(old);
    } finally {
      fs.closeSync(old);
    }
    asCaller(this.#caller, this.#path, () => fs.unlinkSync(this.#temporary));
  }

  /** Some file systems can't, and a directory may not be readable: the name is then on the disk a little later. */
  async #syncDirectory(): Promise<void> {
    let directory: number;
    try {
      directory = withRights(this.#caller, () => fs.openSync(dirname(this.#target.path), O_RDONLY | O_DIRECTORY));
    } catch {
      return;
    }
    await fsync(directory).catch(() => {});
    fs.closeSync(directory);
  }
}

/**
 * Frees a block at once. Left to the garbage collector, what has been written takes 100 MB before it is freed, and more than twice
 * the time. Only where the block is the whole of its memory: small ones share theirs with others.
 */
function release({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= 16 * 1024 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Root can keep both, others perhaps the group. */
function keepOwner(descriptor: number, { uid, gid }: fs.Stats): void {
  for (const owner of [uid, -1]) {
    try {
      fs.fchownSync(descriptor, owner, gid);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    }
  }
}
