import type { Runtime } from '../runtimes/runtime.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { KernelDefaults } from './kernel-settings.ts';
import type { FindSnapshot } from './origin.ts';
import type { SandboxDefaults } from './request.ts';
import type { StandBy } from './standby.ts';
import type { SandboxStore } from './store.ts';
import type { ResolveTemplate } from './templated.ts';

/** What the life of sandboxes is lived with. */
export interface SandboxesOptions {
  store: SandboxStore;
  runtime: Runtime;
  volumes: Volumes;
  defaults: SandboxDefaults;
  /** What a sandbox can be made from beside an image. */
  snapshot: FindSnapshot;
  /** What a request comes to with the template that it names. */
  template: ResolveTemplate;
  /** Where sandboxes are had from that need not be made. */
  standBy: StandBy;
  /** False: sandboxes have no network at all. */
  network: boolean;
  /** Live ones at most; undefined: as many as the machine bears. */
  maxSandboxes: number | undefined;
  /** From a container's start until its agent has to answer. */
  readyTimeoutMs: number;
  /** Touches put an end off by so much at least; undefined: not at all. */
  renewIntervalSeconds: number | undefined;
  /** How long an ended sandbox is still told of. */
  rememberMs: number;
  /** What runs cells where a request says nothing of it. */
  kernels: KernelDefaults;
  /** Settings handed to every agent. */
  agentSettings: Record<string, string>;
  now?: () => number;
  log(message: string, details: object): void;
}

/** What goes with the making of one sandbox. */
export interface Making {
  /** Nobody waits for it any more, and nobody will ever know its id: it is not kept then. */
  gone?: AbortSignal;
  /** Makes room for it, when all is known to be right with the request and its image. */
  replacing?: () => Promise<void>;
  /** Writes down, together with its row, what else is to be known of it. */
  inserted?: (id: string) => void;
}
