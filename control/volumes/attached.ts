import type { ApiError } from '../../shared/api/errors.ts';
import type { Runtime, VolumeMount } from '../runtimes/runtime.ts';
import { BlockedPath, descend, type Obstacle } from './descend.ts';
import { parentOf } from './mount-paths.ts';
import { namesOf } from './paths.ts';
import { type Misplacement, misplaced } from './place.ts';
import { fieldOf, refusal } from './refusal.ts';
import type { Source } from './source.ts';
import type { VolumeRecord } from './volume.ts';

const what: Record<Obstacle, string> = {
  absent: 'no directory',
  link: 'a symbolic link',
  file: 'a file',
  failed: 'something that can’t be opened',
};

interface AttachedOptions {
  records: readonly VolumeRecord[];
  runtime: Pick<Runtime, 'view'>;
  unchecked: boolean;
}

/**
 * What is to be mounted into one sandbox. The engine takes paths, and what lies at a path can be exchanged by another sandbox
 * between our look and the engine's. So the directories stay open, and once the container is there, before anything of
 * the user's runs in it, what was really mounted is compared with them.
 */
export class Attached {
  readonly #id: string;
  readonly #options: AttachedOptions;
  readonly #sources: Source[] = [];

  constructor(id: string, options: AttachedOptions) {
    this.#id = id;
    this.#options = options;
  }

  /** For the container, in the order of the records. */
  get mounts(): VolumeMount[] {
    return this.#sources.map(({ mount }) => mount);
  }

  /** Takes the next record's source over. */
  add(source: Source): void {
    this.#sources.push(source);
  }

  /** Looks for links on the way from a volume to another that is mounted in it. @throws ApiError `VOLUME::INVALID_MOUNT_PATH` */
  async checkNesting(): Promise<void> {
    const { records } = this.#options;
    for (const [index, record] of records.entries()) {
      const parent = parentOf(record, records);
      if (parent) await this.#checkWay(parent, record, index);
    }
  }

  /**
   * Compares what was mounted in the started container with what was opened. @throws ApiError `VOLUME::HOST_PATH_NOT_ALLOWED`,
   * `VOLUME::INVALID_SUB_PATH`, `VOLUME::INVALID_MOUNT_PATH`; the container must not go on then
   */
  async verify(): Promise<void> {
    if (this.#sources.length === 0) return;
    const view = await this.#options.runtime.view(this.#id);
    try {
      for (const [index, source] of this.#sources.entries()) {
        const wrong = view ? await misplaced(view, source.mount, source.identity) : this.#unseen(source);
        if (wrong !== undefined) throw this.#refused(index, wrong);
      }
    } finally {
      await view?.root.close();
    }
  }

  /** Lets go of the directories. */
  async close(): Promise<void> {
    for (const source of this.#sources) await source.close();
  }

  /** A volume as a whole is where the engine keeps it, whatever sandboxes do in it; a directory by its path need not be. */
  #unseen({ mount }: Source): Misplacement | undefined {
    if (this.#options.unchecked || 'volume' in mount) return undefined;
    const found =
      'something that can’t be checked, since this server doesn’t see the container’s processes: it has to be on the ' +
      'engine’s machine, where it is in a container with pid: host (storage.unchecked_mounts does without the check)';
    return { part: 'source', found };
  }

  #refused(index: number, { part, found }: Misplacement): ApiError {
    const { host, claim, mountPath } = this.#options.records[index]!;
    if (part === 'target') {
      return refusal('VOLUME::INVALID_MOUNT_PATH', fieldOf(index, 'mountPath'), { expected: mountPath, found });
    }
    if (host !== undefined) {
      const expected = `${host}, as it was looked at`;
      return refusal('VOLUME::HOST_PATH_NOT_ALLOWED', fieldOf(index, 'host.path'), { expected, found });
    }
    const expected = `${claim?.subPath || 'the volume'}, as it was looked at`;
    return refusal('VOLUME::INVALID_SUB_PATH', fieldOf(index, 'subPath'), { expected, found });
  }

  async #checkWay(parent: VolumeRecord, { mountPath }: VolumeRecord, index: number): Promise<void> {
    const { directory } = this.#sources[this.#options.records.indexOf(parent)]!;
    const field = fieldOf(index, 'mountPath');
    const expected = 'directories only in the volume above';
    if (!directory) {
      const found = `${parent.name}, which can’t be looked into`;
      throw refusal('VOLUME::INVALID_MOUNT_PATH', field, { expected, found });
    }
    try {
      const way = namesOf(mountPath.slice(parent.mountPath.length)) ?? [];
      await (await descend(directory, way)).close();
    } catch (error) {
      if (!(error instanceof BlockedPath)) throw error;
      // What is missing, the engine makes, where it can.
      if (error.obstacle === 'absent' && !parent.readOnly) return;
      throw refusal('VOLUME::INVALID_MOUNT_PATH', field, {
        expected,
        found: `${what[error.obstacle]} in ${parent.name}`,
      });
    }
  }
}
