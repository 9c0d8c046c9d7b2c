import type { Socket } from 'node:net';
import { Forwarder } from '../../network/forwarder.ts';
import type { Policy } from '../../network/policies/policy.ts';
import { type Upstream, upstreamsFrom } from '../../network/resolvers.ts';
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
  RegistryAuth,
  Runtime,
  RuntimeEvent,
  RuntimeFacts,
  Usage,
} from '../runtime.ts';
import { Bridge } from './bridge.ts';
import { DockerBuilds } from './builds.ts';
import { check } from './check.ts';
import { connect } from './connect.ts';
import { create } from './create.ts';
import { describe } from './describe.ts';
import { judgeStorage } from './disk-limit.ts';
import { diskUse } from './disk-use.ts';
import { Engine } from './engine.ts';
import { events } from './events.ts';
import { storeGates } from './gates.ts';
import { image } from './image.ts';
import { ImagePaths } from './image-path.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { Names } from './names.ts';
import { checkOptions, type Deadlines, type DockerOptions, defaultDeadlines, readSeccompProfile } from './options.ts';
import { packVolume } from './pack-volume.ts';
import { pause } from './pause.ts';
import { remove } from './remove.ts';
import { resize } from './resize.ts';
import { Rules } from './rules.ts';
import { setPolicy } from './set-policy.ts';
import { Shared } from './shared.ts';
import { DockerSnapshots } from './snapshots.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';
import type { Store } from './store.ts';
import { stores } from './stores.ts';
import { token } from './token.ts';
import { unpause } from './unpause.ts';
import { usage } from './usage.ts';
import { view } from './view.ts';
import { makeVolume, removeVolume, volume } from './volumes.ts';

/** Containers of a Docker engine on this machine. Each operation has a file of its own; this is the table of them. */
export class DockerRuntime implements Runtime {
  readonly name = 'docker';
  readonly snapshots: DockerSnapshots;
  readonly builds: DockerBuilds;
  readonly #store: Store;
  readonly #upstreams: () => Promise<Upstream[]>;
  #forwarder: Promise<Forwarder> | undefined;

  /** @throws ApiError that names the option that is wrong; the engine isn't asked */
  constructor(options: DockerOptions) {
    checkOptions(options);
    const deadlines: Deadlines = { ...defaultDeadlines, ...options.deadlines };
    const engine = new Engine({ socketPath: options.socketPath ?? '/var/run/docker.sock', deadline: deadlines.call });
    const names = new Names(options.store);
    const network = options.network ?? {};
    const bridge = new Bridge(engine, names, network);
    this.#upstreams = upstreamsFrom(network.upstreams ?? []);
    const parts = {
      engine,
      names,
      options,
      deadlines,
      seccomp: options.seccompProfile === undefined ? undefined : readSeccompProfile(options.seccompProfile),
      ociRuntimes: { names: [], gvisor: new Set<string>() },
      diskLimits: judgeStorage({}),
      bridge,
      rules: new Rules(engine, names, bridge, network, deadlines),
      pulls: new Shared<void>(),
      imagePaths: new ImagePaths(engine, names.store),
      known: new Map(),
    };
    this.#store = { ...parts, gates: storeGates(parts, this.#upstreams) };
    this.snapshots = new DockerSnapshots(this.#store);
    this.builds = new DockerBuilds(this.#store);
  }

  async check(): Promise<RuntimeFacts> {
    const facts = await check(this.#store);
    await this.#copyPack();
    this.#forwarder ??= this.#forward();
    try {
      await this.#forwarder;
    } catch (error) {
      this.#forwarder = undefined;
      throw error;
    }
    return facts;
  }

  image(uri: string, options?: { auth?: RegistryAuth; signal?: AbortSignal }): Promise<ImageFacts> {
    return image(this.#store, uri, options);
  }

  create(spec: ContainerSpec): Promise<void> {
    return create(this.#store, spec);
  }

  start(id: string): Promise<void> {
    return start(this.#store, id);
  }

  pause(id: string): Promise<void> {
    return pause(this.#store, id);
  }

  unpause(id: string): Promise<void> {
    return unpause(this.#store, id);
  }

  stop(id: string, graceSeconds: number): Promise<void> {
    return stop(this.#store, id, graceSeconds);
  }

  setPolicy(id: string, policy: Policy): Promise<void> {
    return setPolicy(this.#store, id, policy);
  }

  resize(id: string, change: Parameters<Runtime['resize']>[1]): Promise<void> {
    return resize(this.#store, id, change);
  }

  remove(id: string): Promise<void> {
    return remove(this.#store, id);
  }

  inspect(id: string): Promise<ContainerFacts | undefined> {
    return inspect(this.#store, id);
  }

  list(): Promise<ContainerFacts[]> {
    return list(this.#store);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return events(this.#store, signal);
  }

  connect(id: string): Promise<Socket> {
    return connect(this.#store, id);
  }

  token(id: string): Promise<string | undefined> {
    return token(this.#store, id);
  }

  describe(id: string): Promise<ContainerDescription | undefined> {
    return describe(this.#store, id);
  }

  logs(id: string, options: LogOptions): Promise<Log> {
    return logs(this.#store, id, options);
  }

  usage(id: string): Promise<Usage | undefined> {
    return usage(this.#store, id);
  }

  diskUse(id: string, signal: AbortSignal): Promise<DiskUse | undefined> {
    return diskUse(this.#store, id, signal);
  }

  view(id: string): Promise<ContainerView | undefined> {
    return view(this.#store, id);
  }

  volume(name: string): Promise<EngineVolume | undefined> {
    return volume(this.#store, name);
  }

  makeVolume(name: string, maker: string): Promise<EngineVolume> {
    return makeVolume(this.#store, name, maker);
  }

  removeVolume(name: string): Promise<void> {
    return removeVolume(this.#store, name);
  }

  stores(): Promise<FoundStore[]> {
    return stores(this.#store.engine);
  }

  async close(): Promise<void> {
    const forwarder = this.#forwarder;
    this.#forwarder = undefined;
    this.#store.gates.close();
    await forwarder?.then(
      (open) => open.close(),
      () => {},
    );
  }

  /** Takes the store's network and the host's rules away, once no sandbox is left: for an uninstall. Closes as well. */
  async removeNetwork(): Promise<void> {
    await this.close();
    await this.#store.bridge.remove();
    await this.#store.rules.removeHost();
  }

  async #copyPack(): Promise<void> {
    const { engine, options, names } = this.#store;
    const image = options.network?.helperImage;
    if (!options.copyPack || image === undefined || 'volume' in options.pack) return;
    const volume = await packVolume(engine, options.pack.path, { image, store: names.store });
    this.#store.options = { ...options, pack: { volume } };
  }

  async #forward(): Promise<Forwarder> {
    const { bridge, gates } = this.#store;
    const { gateway, ranges } = await bridge.ensure();
    const gateAt = (address: string) => gates.at(address);
    // 53 is the only port that the engine asks at.
    return Forwarder.listen({ address: gateway, port: 53, clients: ranges, gateAt, upstreams: this.#upstreams });
  }
}
