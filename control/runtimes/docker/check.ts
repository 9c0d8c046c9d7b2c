import { ApiError } from '../../../shared/api/errors.ts';
import type { RuntimeFacts } from '../runtime.ts';
import { judgeStorage, type KnownStorage } from './disk-limit.ts';
import { removeHelpers } from './helper-container.ts';
import { judgeRuntimes, type KnownRuntimes } from './oci-runtimes.ts';
import type { DockerOptions } from './options.ts';
import type { Store } from './store.ts';

/** What the engine says about itself, as far as a sandbox depends on it. */
export interface EngineInfo extends KnownRuntimes, KnownStorage {
  OSType?: string;
  ServerVersion?: string;
  NCPU?: number;
  CgroupVersion?: string;
  SecurityOptions?: string[];
  MemoryLimit?: boolean;
  SwapLimit?: boolean;
  PidsLimit?: boolean;
  CpuCfsQuota?: boolean;
  RuncCommit?: { ID?: string };
  DockerRootDir?: string;
}

/**
 * Looks at the engine and makes what all sandboxes of the store share: the network, and the host's rules for it.
 * @throws `DOCKER::INITIALIZATION_ERROR`, `NETWORK_RULES_FAILED`, or that the engine is not there
 */
export async function check(store: Store): Promise<RuntimeFacts> {
  const { engine, options } = store;
  const info = await engine.ask<EngineInfo>({ what: 'say what it is', path: '/info' });
  const facts = judge(info, options);
  store.ociRuntimes = judgeRuntimes(info, options);
  store.diskLimits = judgeStorage(info);
  await removeHelpers(engine, store.names.store);
  store.bridge.forget();
  await store.bridge.ensure();
  await store.rules.renewHost();
  return facts;
}

/** What the engine's description means for sandboxes: refused, weaker than usual, or as it should be. @throws `DOCKER::INITIALIZATION_ERROR` */
export function judge(info: EngineInfo, options: DockerOptions): RuntimeFacts {
  const security = (info.SecurityOptions ?? []).map((option) => ({
    name: /(?:^|,)name=([^,]+)/.exec(option)?.[1] ?? option,
    profile: /(?:^|,)profile=([^,]+)/.exec(option)?.[1],
  }));
  const has = (name: string) => security.some((option) => option.name === name && option.profile !== 'unconfined');
  const { apparmorProfile, seccompProfile, withoutSeccomp } = options;
  if (info.OSType !== undefined && info.OSType !== 'linux')
    throw refused(`it runs ${info.OSType} containers, not linux ones`);
  // The engine ignores the name of a profile where it has no AppArmor.
  if (apparmorProfile !== undefined && !has('apparmor')) throw refused(`AppArmor is not there for ${apparmorProfile}`);
  const ociRuntimes = judgeRuntimes(info, options).names;
  const seccomp = has('seccomp') || (seccompProfile !== undefined && security.some(({ name }) => name === 'seccomp'));
  if (!seccomp && !withoutSeccomp) throw refused('it runs containers without seccomp');
  const warnings = [
    !seccomp && 'no seccomp: sandboxes may make every system call',
    !has('apparmor') && !has('selinux') && 'neither AppArmor nor SELinux: one wall less around each sandbox',
    has('rootless') && 'the engine is rootless: rules of the network can be set by a helper container only',
    info.MemoryLimit === false && 'no limits of memory',
    info.SwapLimit === false && 'no limits of swap: a sandbox at its limit of memory may swap',
    info.PidsLimit === false && 'no limits of processes',
    info.CpuCfsQuota === false && 'no limits of processor time',
    keepsImagesInContainerd(info) && 'it keeps images in containerd, so no snapshots can be made',
  ];
  return {
    version: info.ServerVersion ?? '',
    processors: info.NCPU,
    cgroupVersion: info.CgroupVersion ?? '1',
    security: security.map(({ name }) => name).filter(has),
    warnings: warnings.filter((warning) => warning !== false),
    directory: info.DockerRootDir ?? '/var/lib/docker',
    ociRuntimes,
    diskLimits: { yes: 'enforced', tried: 'tried', no: 'watched' }[
      judgeStorage(info).kept
    ] as RuntimeFacts['diskLimits'],
  };
}

/** There an image can't be put together from layers that are there, as snapshots are. */
function keepsImagesInContainerd({ DriverStatus }: EngineInfo): boolean {
  return DriverStatus?.some(([name, value]) => name === 'driver-type' && value.startsWith('io.containerd')) ?? false;
}

function refused(why: string): ApiError {
  return new ApiError('DOCKER::INITIALIZATION_ERROR', `the engine can't be used: ${why}`);
}
