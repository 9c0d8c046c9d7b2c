import type { FoundSnapshot, SnapshotImage, SnapshotImages } from '../snapshots.ts';
import { notSupported } from './refuse.ts';

/** There are none: what a sandbox writes lies in the files of this machine, which can't be told apart. */
export class NoSnapshots implements SnapshotImages {
  async capture(): Promise<never> {
    throw notSupported('snapshots');
  }

  async find(): Promise<SnapshotImage | undefined> {
    return undefined;
  }

  async discard(): Promise<void> {}

  async remove(): Promise<void> {}

  async list(): Promise<FoundSnapshot[]> {
    return [];
  }
}
