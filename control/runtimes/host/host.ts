import type { Socket } from 'node:net';
import type {
  ContainerDescription,
  ContainerFacts,
  ContainerSpec,
  ContainerView,
  DiskUse,
  EngineVolume,
  FoundStore,
  ImageFacts,
  Log,
  LogOptions,
  Runtime,
  RuntimeEvent,
  RuntimeFacts,
  Usage,
} from '../runtime.ts';
import { NoBuilds } from './builds.ts';
import { check } from './check.ts';
import { connect } from './connect.ts';
import { create } from './create.ts';
import { describe } from './describe.ts';
import { stop } from './end.ts';
import { Changes, events } from './events.ts';
import { factsOf, idsIn, madeOf, mustFind } from './find.ts';
import { logs } from './logs.ts';
import type { HostOptions } from './options.ts';
import { pause, unpause } from './pause.ts';
import { hostImage, notSupported, refuseImage } from './refuse.ts';
import { remove } from './remove.ts';
import { NoSnapshots } from './snapshots.ts';
import { start } from './start.ts';
import { usage } from './usage.ts';

/**
 * Sandboxes that are plain processes of this machine, for development: nothing keeps them apart from it or from each other. Each has a
 * directory, an agent and a tree of processes, which goes on without this one and is found again by number and start.
 */
export class HostRuntime implements Runtime {
  readonly name = 'host';
  readonly snapshots = new NoSnapshots();
  readonly builds = new NoBuilds();
  readonly #options: HostOptions;
  readonly #changes = new Changes();

  constructor(options: HostOptions) {
    this.#options = options;
  }

  async check(): Promise<RuntimeFacts> {
    return check(this.#options);
  }

  async image(uri: string): Promise<ImageFacts> {
    refuseImage(uri);
    return { id: hostImage, env: [], user: '', workdir: '', entrypoint: [], cmd: ['tail', '-f', '/dev/null'] };
  }

  async create(spec: ContainerSpec): Promise<void> {
    create(this.#options, spec);
  }

  async start(id: string): Promise<void> {
    await start(this.#options, id, () => this.#changes.emit('change'));
    this.#changes.emit('change');
  }

  async pause(id: string): Promise<void> {
    await pause(this.#options, id);
    this.#changes.emit('change');
  }

  async unpause(id: string): Promise<void> {
    unpause(this.#options, id);
    this.#changes.emit('change');
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    await stop(this.#options, id, graceSeconds);
    this.#changes.emit('change');
  }

  /** Every policy but none is refused before there is a sandbox. */
  async setPolicy(): Promise<void> {
    throw notSupported('network policies');
  }

  /** Limits are not kept here, these no more than those before. */
  async resize(id: string): Promise<void> {
    mustFind(this.#options.directory, id);
  }

  async remove(id: string): Promise<void> {
    await remove(this.#options, id);
    this.#changes.emit('change');
  }

  async inspect(id: string): Promise<ContainerFacts | undefined> {
    return factsOf(this.#options.directory, id);
  }

  async list(): Promise<ContainerFacts[]> {
    return this.#list();
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return events(() => this.#list(), this.#changes, signal);
  }

  connect(id: string): Promise<Socket> {
    return connect(this.#options, id);
  }

  async token(id: string): Promise<string | undefined> {
    return madeOf(this.#options.directory, id)?.spec.token;
  }

  async describe(id: string): Promise<ContainerDescription | undefined> {
    return describe(this.#options, id);
  }

  async logs(id: string, options: LogOptions): Promise<Log> {
    return logs(this.#options, id, options);
  }

  async usage(id: string): Promise<Usage | undefined> {
    return usage(this.#options, id);
  }

  async diskUse(): Promise<DiskUse> {
    return { enforcement: 'none' };
  }

  async view(): Promise<ContainerView | undefined> {
    return undefined;
  }

  async volume(): Promise<EngineVolume | undefined> {
    return undefined;
  }

  async makeVolume(): Promise<EngineVolume> {
    throw notSupported('volumes', 'volumes');
  }

  async removeVolume(): Promise<void> {}

  async removeNetwork(): Promise<void> {}

  async stores(): Promise<FoundStore[]> {
    const sandboxes = idsIn(this.#options.directory).flatMap((id) => {
      const found = describe(this.#options, id);
      if (!found) return [];
      const pool = madeOf(this.#options.directory, id)?.spec.pool;
      const { image, state, createdAt } = found;
      return [{ id, image, state, createdAt: new Date(createdAt), ...(pool !== undefined && { pool }) }];
    });
    return sandboxes.length === 0 ? [] : [{ id: this.#options.store, sandboxes, snapshots: [] }];
  }

  async close(): Promise<void> {
    this.#changes.emit('change');
  }

  #list(): ContainerFacts[] {
    return idsIn(this.#options.directory).flatMap((id) => factsOf(this.#options.directory, id) ?? []);
  }
}
