import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Usage } from '../../shared/cgroups/usage.ts';
import type { Policy } from '../network/policies/policy.ts';
import type { ImageBuilds } from './builds.ts';
import type { ContainerDescription } from './description.ts';
import type { DiskUse } from './disk.ts';
import type { FoundStore } from './found.ts';
import type { Log, LogOptions } from './log.ts';
import type { SnapshotImages } from './snapshots.ts';

export type { ContainerDescription, DiskUse, FoundStore, Log, LogOptions, Policy, Usage };

/**
 * What control needs from whatever runs containers. `docker` is the first; every runtime has the same files in its folder.
 * All calls have deadlines of their own and fail with ApiError (`ENGINE_UNAVAILABLE`, `ENGINE_TIMEOUT` or what is documented
 * at the call). Ids are Cubby's sandbox ids, never the engine's.
 */
export interface Runtime {
  readonly name: string;
  readonly snapshots: SnapshotImages;
  readonly builds: ImageBuilds;
  /**
   * Looks at the engine, at start or again later: fails when it is not there or can't do what the configuration asks for.
   * Makes what all sandboxes share, a network as an example. May be called again.
   */
  check(): Promise<RuntimeFacts>;
  /**
   * What the image says about itself; pulls it when it is absent.
   * @throws `DOCKER::SANDBOX_IMAGE_PULL_FAILED`; `SANDBOX::INVALID_PARAMETER` for the image of a snapshot, which `snapshots` finds
   */
  image(uri: string, options?: { auth?: RegistryAuth; signal?: AbortSignal }): Promise<ImageFacts>;
  /**
   * Makes the container, does not start it. Calling it again for the same id is an error of the engine's (conflict).
   * @throws `VOLUME::INVALID_MOUNT_PATH` for a mount whose target leads through a link or a file of the image
   */
  create(spec: ContainerSpec): Promise<void>;
  /**
   * Starts the container, one that was stopped too, and shuts its network: returns when its rules are in force. Nothing of the user's has run by then,
   * since the entrypoint waits for the agent, and the agent for control. On failure nothing runs, unless it was
   * `ENGINE_TIMEOUT`, when the engine may still come round; the container is left to `remove`.
   * @throws `DOCKER::SANDBOX_START_FAILED`, `NETWORK_RULES_FAILED`
   */
  start(id: string): Promise<void>;
  /**
   * Freezes every process of the container, where it stands: memory is kept, connections stay open and unanswered. One that is frozen already is success. On `ENGINE_TIMEOUT` the engine may still do it.
   * @throws `DOCKER::SANDBOX_PAUSE_FAILED`, `DOCKER::SANDBOX_NOT_FOUND`
   */
  pause(id: string): Promise<void>;
  /** Lets a frozen one go on. One that runs is success. @throws `DOCKER::SANDBOX_RESUME_FAILED`, `DOCKER::SANDBOX_NOT_FOUND` */
  unpause(id: string): Promise<void>;
  /** Ends what runs there, frozen or not, and keeps its files; `start` starts it again. One that has ended is success. @throws as `pause` */
  stop(id: string, graceSeconds: number): Promise<void>;
  /**
   * Puts another network policy in force in a sandbox that runs or is paused, all of it at once: connections that it denies end.
   * When it fails, the one before holds. A start, and a later process of control's, ask for the policy themselves.
   * @throws `NETWORK_RULES_FAILED`
   */
  setPolicy(id: string, policy: Policy): Promise<void>;
  /**
   * Changes how much memory, processor time and how many processes a container that runs may use. The room of its spool stays as it is.
   * @throws `SANDBOX::INVALID_PARAMETER` when that can't be had, as less memory than it uses; `DOCKER::SANDBOX_NOT_FOUND`
   */
  resize(id: string, change: { profile: Profile; limits: Limits }): Promise<void>;
  /** Ends and removes the container, paused or not, its socket directory and all that belongs to it. Removing what is not there is success. */
  remove(id: string): Promise<void>;
  /** The engine's word on one container, undefined when it knows none. */
  inspect(id: string): Promise<ContainerFacts | undefined>;
  /** Every container of this store, whatever its state. */
  list(): Promise<ContainerFacts[]>;
  /**
   * Containers of this store that died, were removed, started, were paused or unpaused, as it happens, and those in which
   * the kernel ended a process for want of memory. Ends by `signal`; reconnects by itself.
   * Yields `resync` each time it begins to listen, first of all too: who then looks at everything has missed nothing.
   * A pause and its end may be told twice: Docker 20.10 now and then tells them as its own deed, and again as containerd's.
   */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /** A new connection to the agent of a running sandbox. @throws `AGENT_UNREACHABLE` */
  connect(id: string): Promise<Socket>;
  /** What opens a container's agent, from the container itself, for whom its row is lost. Undefined when there is none. */
  token(id: string): Promise<string | undefined>;
  /** What is known of a container, for who looks for a fault. Undefined when there is none. */
  describe(id: string): Promise<ContainerDescription | undefined>;
  /**
   * The last output of the entrypoint, and of the agent where it had something to say. Both streams as one text;
   * `timestamps`: each line begins with its time, RFC 3339, and a space.
   * @throws `DOCKER::SANDBOX_NOT_FOUND` when there is no container, not yet or not any more
   */
  logs(id: string, options: LogOptions): Promise<Log>;
  /** Resource use from the outside; never wakes a sandbox. Undefined when it isn't running. */
  usage(id: string): Promise<Usage | undefined>;
  /**
   * What a sandbox has on its disk beyond its image, running or not. It looks at every file, so it may take long, unless `signal` ends it.
   * Undefined when there is no container.
   */
  diskUse(id: string, signal: AbortSignal): Promise<DiskUse | undefined>;
  /**
   * A running container's files and mounts as its processes see them. Undefined where this machine doesn't see those
   * processes. The caller closes `root`.
   */
  view(id: string): Promise<ContainerView | undefined>;
  /** A named volume, undefined when there is none. */
  volume(name: string): Promise<EngineVolume | undefined>;
  /** Makes a named volume of this store's for a sandbox. One that somebody made meanwhile is returned as it is. */
  makeVolume(name: string, maker: string): Promise<EngineVolume>;
  /** Removes a named volume. What is in use stays; removing what is not there is success. */
  removeVolume(name: string): Promise<void>;
  /** Takes down the network that this store's sandboxes share, and its rules. They have to be gone. */
  removeNetwork(): Promise<void>;
  /** What every store has left on this engine, this one's included. */
  stores(): Promise<FoundStore[]>;
  /** Gives back what the runtime holds in this process (sockets, forwarders). Sandboxes go on. */
  close(): Promise<void>;
}

export interface RuntimeFacts {
  version: string;
  /** How many there are on its machine; no sandbox can have more. */
  processors: number | undefined;
  /** `1`, `2`. */
  cgroupVersion: string;
  /** Names such as `seccomp`, `apparmor`: what really is in force. */
  security: string[];
  /** What is weaker here than on a usual machine; logged at start and shown by `/health`. */
  warnings: string[];
  /** Directory in which the engine keeps everything. */
  directory: string;
  /** Names of OCI runtimes that a sandbox may ask for, the usual one first. Empty where the runtime has none. */
  ociRuntimes: string[];
  /**
   * What becomes of limits of disk: the engine's storage keeps them, or may (`tried`: the first sandbox tells), or sandboxes are looked at;
   * `none`: they have no effect.
   */
  diskLimits: 'enforced' | 'tried' | 'watched' | 'none';
}

export interface RegistryAuth {
  username: string;
  password: string;
}

/** The part of an image's configuration that a sandbox honours as the engine would. */
export interface ImageFacts {
  /** Content id, for the record. */
  id: string;
  /** How long it was pulled for; undefined where it was there. */
  pulledMs?: number;
  /** `KEY=VALUE` strings. */
  env: string[];
  /** As in USER: a name or number, with or without `:group`. Empty: root. */
  user: string;
  workdir: string;
  entrypoint: string[];
  cmd: string[];
}

export type Profile = 'standard' | 'hardened';

/** Everything about a container that is decided before it exists. */
export interface ContainerSpec {
  id: string;
  image: string;
  profile: Profile;
  /** By name, one of `RuntimeFacts.ociRuntimes`; undefined: the usual one. */
  ociRuntime?: string | undefined;
  /** Program and arguments of the user's entrypoint; never empty. */
  entrypoint: string[];
  /** Environment of entrypoint and commands, the request's over the image's. */
  env: Record<string, string>;
  /** True when image or request say what HOME is. */
  keepHome: boolean;
  /** Whom entrypoint and commands run as, as in USER; `hardened` puts 1000 in place of root. */
  user: string;
  workdir: string;
  /** Secret that opens the agent. */
  token: string;
  limits: Limits;
  /** False: no network at all. */
  network: boolean;
  /** What the user wants mounted, beside the runtime's own. */
  mounts: VolumeMount[];
  /** The pool that it is made for, before it is anybody's. */
  pool?: string;
  /** Settings of the agent beyond what the runtime itself decides, as `CUBBY_RING_BYTES`. */
  settings: Record<string, string>;
}

/**
 * A named volume, or a directory of the engine's machine (`inVolume`: of one of its volumes), at a place in the container. What
 * is mounted below the directory is not mounted with it.
 */
export type VolumeMount = { target: string; readOnly: boolean } & (
  | { directory: string; inVolume: boolean }
  | { volume: { name: string; maker: string } }
);

/** What a container's own processes see. */
export interface ContainerView {
  /** Descriptor of its root directory, good for looking up names in. */
  root: FileHandle;
  /** By the kernel's number: where each mount is, and its options. */
  mountinfo: ReadonlyMap<string, { target: string; options: string[] }>;
}

/** A named volume as the engine has it. */
export interface EngineVolume {
  name: string;
  /** The store that it belongs to; undefined: somebody else made it. */
  owner: string | undefined;
  /** The sandbox that it was made for. Undefined: it is no volume of a user's. */
  maker: string | undefined;
  /** True when it is a plain directory of the engine's machine. */
  plain: boolean;
  directory: string;
}

export interface Limits {
  /** Bytes. Undefined: what the profile has, which for `standard` is no limit. */
  memory?: number;
  /** Processors, as 0.5. Undefined: as with memory. */
  cpu?: number;
  /** Undefined: what the profile has. */
  pids?: number;
  /** Bytes that it may write beyond its image. Undefined: no limit. */
  disk?: number;
  /** Bytes of the spool that holds commands' output. */
  spool: number;
}

export type ContainerState = 'created' | 'running' | 'paused' | 'exited';

export interface ContainerFacts {
  /** The sandbox id the container carries. */
  id: string;
  state: ContainerState;
  /** Changes with every start: a container that somebody else restarted is recognised by it. Empty before the first. */
  startedAt: string;
  /** Only when exited. */
  exitCode?: number;
  /** True when the kernel ended it for want of memory. */
  outOfMemory?: boolean;
}

export type ContainerEvent = 'started' | 'ended' | 'removed' | 'paused' | 'unpaused' | 'outOfMemory';
export type RuntimeEvent = { kind: ContainerEvent; id: string } | { kind: 'resync' };
