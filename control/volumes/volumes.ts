import type { Volume } from '../../shared/api/volumes.ts';
import type { Runtime, VolumeMount } from '../runtimes/runtime.ts';
import { AllowedHostPaths } from './allowed-host-paths.ts';
import { Attached } from './attached.ts';
import { openClaimed } from './claimed-directory.ts';
import { Claims } from './claims.ts';
import { openHostDirectory } from './host-directory.ts';
import { KeptPlaces } from './kept-places.ts';
import { recordsOf } from './request.ts';
import { refuseSharedParents } from './sharing.ts';
import { Source } from './source.ts';
import type { Ledger, VolumeRecord } from './volume.ts';

export interface VolumesOptions {
  runtime: Runtime;
  ledger: Ledger;
  /** Id of the store. */
  store: string;
  /** Prefixes of the host's directories that may be mounted. */
  allowedHostPaths: readonly string[];
  /** Names of the engine's volumes that others made and that may be used. */
  allowedVolumes: readonly string[];
  /** Go on where it can't be seen what was mounted. */
  unchecked: boolean;
  /** Places of the host that no sandbox may be given. */
  kept: readonly string[];
}

/** The volumes of sandboxes: what a request may have, what is mounted, and what becomes of it at the end. */
export class Volumes {
  readonly #options: VolumesOptions;
  readonly #allowed: AllowedHostPaths;
  readonly #claims: Claims;

  /** @throws ApiError `DOCKER::INITIALIZATION_ERROR` when an allowed directory isn't there */
  constructor(options: VolumesOptions) {
    this.#options = options;
    this.#allowed = new AllowedHostPaths(options.allowedHostPaths, options.kept);
    this.#claims = new Claims({ ...options, allowed: options.allowedVolumes });
  }

  /** Checks a request and writes down what the sandbox `id` is to have. @throws ApiError `VOLUME::…` that names the field */
  wish(volumes: readonly Volume[] | null | undefined, id: string): VolumeRecord[] {
    return recordsOf(volumes ?? [], id, this.#allowed);
  }

  /**
   * Opens, and makes where they are missing, the directories and volumes of a sandbox whose row is there and whose container
   * isn't. The caller closes what it gets. @throws ApiError `VOLUME::…`, what the engine says
   */
  async attach(id: string): Promise<Attached> {
    const { ledger, runtime, unchecked } = this.#options;
    const records = ledger.of(id);
    refuseSharedParents(id, records, ledger);
    const attached = new Attached(id, { records, runtime, unchecked });
    try {
      for (const [index, record] of records.entries()) attached.add(await this.#open(id, record, index));
      await attached.checkNesting();
      return attached;
    } catch (error) {
      await attached.close();
      throw error;
    }
  }

  /** Gives up what an ended sandbox had, once its container is gone. @throws ApiError when it has to be tried again */
  release(id: string): Promise<void> {
    return this.#claims.release(id);
  }

  async #open(id: string, { host, claim, mountPath, readOnly }: VolumeRecord, index: number): Promise<Source> {
    const mount = { target: mountPath, readOnly };
    if (host !== undefined) {
      const kept = await KeptPlaces.find(this.#options.kept);
      const directory = await openHostDirectory(host, { given: this.#allowed.depthOf(host), kept, index });
      return Source.of({ ...mount, directory: host, inVolume: false }, directory);
    }
    const volume = await this.#claims.ensure(claim!, id, index);
    const { subPath } = claim!;
    const whole: VolumeMount = { ...mount, volume: { name: volume.name, maker: id } };
    if (!volume.plain && !subPath) return Source.of(whole);
    const directory = await openClaimed(volume, subPath, index);
    const part: VolumeMount = { ...mount, directory: `${volume.directory}/${subPath}`, inVolume: true };
    return Source.of(subPath ? part : whole, directory);
  }
}
