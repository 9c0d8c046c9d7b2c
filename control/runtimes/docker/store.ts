import type { Cgroup } from '../../../shared/cgroups/cgroup.ts';
import type { Gates } from '../../network/gates.ts';
import type { Bridge } from './bridge.ts';
import type { DiskLimits } from './disk-limit.ts';
import type { Engine } from './engine.ts';
import type { ImagePaths } from './image-path.ts';
import type { Names } from './names.ts';
import type { OciRuntimes } from './oci-runtimes.ts';
import type { Deadlines, DockerOptions } from './options.ts';
import type { Rules } from './rules.ts';
import type { Shared } from './shared.ts';

/** What all operations on one store's containers share. */
export interface Store {
  engine: Engine;
  names: Names;
  options: DockerOptions;
  deadlines: Deadlines;
  /** Text of the seccomp profile, where one is set. */
  seccomp: string | undefined;
  /** As the engine had them when it was looked at. */
  ociRuntimes: OciRuntimes;
  /** As the engine's storage is, or has turned out to be. */
  diskLimits: DiskLimits;
  bridge: Bridge;
  rules: Rules;
  /** What each sandbox may reach. */
  gates: Gates;
  /** Pulls of images that are running. */
  pulls: Shared<void>;
  imagePaths: ImagePaths;
  /** By sandbox id: what need not be asked again. Everything in it can be learnt anew from the engine. */
  known: Map<string, Known>;
}

/** What doesn't change while a container exists. */
export interface Known {
  /** The engine's id for it. */
  container?: string;
  /** Directory of the agent's socket, as this machine sees it. */
  sockets?: string;
  /** Where the kernel counts what the sandbox uses. */
  cgroup?: Cgroup;
}
