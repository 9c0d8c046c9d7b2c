import type { FoundBuild, ImageBuilds } from '../builds.ts';
import type { SnapshotImage } from '../snapshots.ts';
import { notSupported } from './refuse.ts';

/** There are none: what is installed would be installed on this machine. */
export class NoBuilds implements ImageBuilds {
  requireSupport(): void {
    throw notSupported('packages', 'packages');
  }

  async build(): Promise<never> {
    throw notSupported('packages', 'packages');
  }

  async find(): Promise<SnapshotImage | undefined> {
    return undefined;
  }

  isName(): boolean {
    return false;
  }

  async discard(): Promise<void> {}

  async remove(): Promise<boolean> {
    return true;
  }

  async list(): Promise<FoundBuild[]> {
    return [];
  }
}
