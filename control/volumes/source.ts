import type { FileHandle } from 'node:fs/promises';
import type { VolumeMount } from '../runtimes/runtime.ts';
import { identityOf } from './kept-places.ts';

/** A directory of this machine that is to be mounted. It is held open, so that no other can come to look like it. */
export class Source {
  readonly mount: VolumeMount;
  /** Undefined: what is mounted is the engine's affair, and can't be looked at here. */
  readonly directory: FileHandle | undefined;
  /** By what it is recognised in the container. */
  readonly identity: string | undefined;

  private constructor(mount: VolumeMount, directory?: FileHandle, identity?: string) {
    this.mount = mount;
    this.directory = directory;
    this.identity = identity;
  }

  /** Takes the descriptor over. */
  static async of(mount: VolumeMount, directory?: FileHandle): Promise<Source> {
    if (!directory) return new Source(mount);
    return new Source(mount, directory, identityOf(await directory.stat({ bigint: true })));
  }

  async close(): Promise<void> {
    await this.directory?.close();
  }
}
