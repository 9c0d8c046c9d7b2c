import { readFileSync } from 'node:fs';
import { ApiError } from '../../../shared/api/errors.ts';
import type { Lives } from '../../network/openings.ts';
import type { Policy } from '../../network/policies/policy.ts';

/** What the administrator decides about the engine and about every container of this store. */
export interface DockerOptions {
  /** Id of the store: at least eight characters, the first eight of them lower-case letters and digits. Containers of other stores are never touched. */
  store: string;
  /** The agent pack: a directory of the engine's machine, or a named volume of the engine's. */
  pack: { path: string } | { volume: string };
  /** Copy the pack's directory into a volume first: the engine's machine doesn't have it, since control is in a container. */
  copyPack?: boolean;
  /** The engine's socket. */
  socketPath?: string;
  network?: NetworkOptions;
  /** The policy that a sandbox is to have; `none`: it never got one; undefined: there is no such sandbox. Nobody has one otherwise. */
  policyOf?: (id: string) => Policy | 'none' | undefined;
  /** File with a seccomp profile in place of the engine's own. */
  seccompProfile?: string;
  /** Go on with a warning where the engine runs without seccomp. */
  withoutSeccomp?: boolean;
  /** Name of an AppArmor profile that is loaded on the engine's machine. */
  apparmorProfile?: string;
  /** Name of an OCI runtime that the engine knows, as `runsc`. */
  ociRuntime?: string;
  /** Others that a sandbox may ask for. */
  allowedOciRuntimes?: readonly string[];
  /** False: no sandbox will have a network. */
  networked?: boolean;
  /** Bounds of the engine's log of one container: size of a file, as `10m`, and number of files. */
  log?: { maxSize: string; maxFile: number };
  /** As `{ Name: 'nofile', Soft: 4096, Hard: 4096 }`; the engine refuses a hard limit above its own. */
  ulimits?: { Name: string; Soft: number; Hard: number }[];
  deadlines?: Partial<Deadlines>;
}

/** What the administrator decides about the network that sandboxes share. */
export interface NetworkOptions {
  /** Its IPv4 range; the engine picks a free one otherwise. */
  subnet?: string;
  /** Its IPv6 range, which also gives it IPv6: there is none otherwise. */
  ipv6Subnet?: string;
  /** Exceptions from the closed ranges: `10.1.2.0/24`, `10.1.2.3:5432`, `[fd00::1]:5432`. */
  allow?: string[];
  /** Closed besides: addresses, ranges, or names of hosts; stronger than `allow`. */
  block?: string[];
  /** Resolvers of names to ask, as `{ address, port }`; none, or no list: those of this machine. */
  upstreams?: { address: string; port: number }[];
  /** How long a policy keeps the addresses of names open. */
  lives?: Lives;
  /** The packet filter's program. */
  nft?: string;
  /**
   * Image with `sh` and `nft` whose containers set the rules. For a control that runs in a container itself, and so
   * can't enter its neighbours; control's own image will do.
   */
  helperImage?: string;
}

/** Milliseconds that an answer of the engine's may take. */
export interface Deadlines {
  call: number;
  /** Making and starting a container: the engine prepares file systems and namespaces meanwhile. */
  start: number;
  pull: number;
  /** Each step of a snapshot: the engine reads and writes all that is in it. */
  capture: number;
  /** One script of the packet filter's. */
  rules: number;
}

/** The defaults in force where the administrator says nothing. */
export const defaultDeadlines: Deadlines = {
  call: 30_000,
  start: 60_000,
  pull: 600_000,
  capture: 600_000,
  rules: 10_000,
};

/** @throws `DOCKER::INITIALIZATION_ERROR` that names the option */
export function checkOptions({ store, pack }: DockerOptions): void {
  if (!/^[a-z0-9]{8}[a-zA-Z0-9_.-]{0,56}$/.test(store)) {
    throw refused('store', 'at least eight characters, the first eight lower-case letters and digits');
  }
  if ('path' in pack && !pack.path.startsWith('/')) throw refused('pack.path', 'an absolute path');
}

/** The text of the seccomp profile, which is what the engine's API takes. @throws `DOCKER::INITIALIZATION_ERROR` */
export function readSeccompProfile(path: string): string {
  try {
    return JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw refused('seccompProfile', `a file with a profile as JSON: ${(error as Error).message}`);
  }
}

function refused(field: string, expected: string): ApiError {
  return new ApiError('DOCKER::INITIALIZATION_ERROR', `${field}: expected ${expected}`, { field, expected });
}
