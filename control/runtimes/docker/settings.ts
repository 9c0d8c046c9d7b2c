import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { ContainerSpec, Limits } from '../runtime.ts';
import { gvisorLimits } from './gvisor.ts';
import { type Mount, mounts, packPath, spool } from './mounts.ts';
import { type Names, poolLabel, sandboxLabel, storeLabel } from './names.ts';
import type { OciRuntimes } from './oci-runtimes.ts';
import type { DockerOptions } from './options.ts';
import { limitSettings, profiles } from './profile.ts';

interface Surroundings {
  names: Names;
  options: DockerOptions;
  /** Text of the seccomp profile in place of the engine's own. */
  seccomp?: string | undefined;
  /** Where names are resolved; undefined without a network. */
  resolver?: string | undefined;
  ociRuntimes: OciRuntimes;
}

const mebibyte = 1024 * 1024;

/** The name of the agent's secret, which init hands to the agent and to nobody else. */
export const tokenVariable = 'CUBBY_TOKEN';

/** The body of the engine's call; the library's types lack some options of mounts. */
export interface ContainerSettings extends Omit<ContainerCreateOptions, 'HostConfig'> {
  HostConfig: HostSettings;
}

type HostSettings = Omit<HostConfig, 'Mounts'> & { Mounts: Mount[] };

/** Everything that the engine has to know about a sandbox's container. */
export function containerSettings(spec: ContainerSpec, surroundings: Surroundings): ContainerSettings {
  const { names } = surroundings;
  return {
    Image: spec.image,
    // Root starts init and the agent; they become the user for everything else.
    User: '0:0',
    WorkingDir: spec.workdir || '/',
    Env: environment(spec),
    Entrypoint: bootCommand(spec),
    Cmd: [],
    // The engine would run an image's health check by itself, before the entrypoint may and as root.
    Healthcheck: { Test: ['NONE'] },
    Labels: { ...names.labels, [sandboxLabel]: spec.id, ...(spec.pool !== undefined && { [poolLabel]: spec.pool }) },
    AttachStdin: false,
    OpenStdin: false,
    Tty: false,
    HostConfig: hostSettings(spec, surroundings),
  };
}

function hostSettings(
  spec: ContainerSpec,
  { names, options, seccomp, resolver, ociRuntimes }: Surroundings,
): HostSettings {
  const { host } = profiles[spec.profile];
  const { maxSize, maxFile } = options.log ?? { maxSize: '10m', maxFile: 2 };
  const ociRuntime = spec.ociRuntime ?? options.ociRuntime;
  const isGvisor = ociRuntimes.gvisor.has(ociRuntime ?? ociRuntimes.names[0] ?? '');
  const targets = new Set(spec.mounts.map(({ target }) => target));
  const tmpfs = Object.fromEntries(Object.entries(host.Tmpfs ?? {}).filter(([target]) => !targets.has(target)));
  return {
    ...host,
    ...(isGvisor ? gvisorLimits : limitSettings)(spec.profile, spec.limits),
    Tmpfs: { ...tmpfs, ...spool(spec.limits.spool) },
    Mounts: mounts(options.pack, spec, names.labels),
    NetworkMode: spec.network ? names.network : 'none',
    // No search list: the host's own domains are nobody's business, and one more query for each name.
    ...(resolver !== undefined && { Dns: [resolver], DnsSearch: ['.'] }),
    PublishAllPorts: false,
    SecurityOpt: [
      'no-new-privileges:true',
      ...(seccomp === undefined ? [] : [`seccomp=${seccomp}`]),
      ...(options.apparmorProfile === undefined ? [] : [`apparmor=${options.apparmorProfile}`]),
    ],
    Privileged: false,
    IpcMode: 'private',
    ShmSize: 64 * 1024 * 1024,
    // PID 1 is ours.
    Init: false,
    RestartPolicy: { Name: 'no' },
    LogConfig: {
      Type: 'json-file',
      // With every line, so that a collector of the files knows whose it is.
      Config: { 'max-size': maxSize, 'max-file': String(maxFile), labels: `${storeLabel},${sandboxLabel}` },
    },
    // When the whole machine is out of memory, a sandbox goes before the programs that run it.
    OomScoreAdj: 100,
    ...(options.ulimits !== undefined && { Ulimits: options.ulimits }),
    ...(ociRuntime !== undefined && { Runtime: ociRuntime }),
  };
}

/** Below this the agent's heap is bounded, at a share of it; what is above leaves room enough for V8's own bounds. */
const roomy = 512 * mebibyte;
const heapShare = 3 / 8;
/** Less is not enough for the agent itself. */
const smallestHeap = 24;

/**
 * For memory: a young generation of 2 MiB and one arena of malloc's cost no speed that could be measured, and an agent that has
 * streamed a gigabyte then holds a quarter less. In a small sandbox V8 would put off cleaning up until the kernel ends the agent:
 * ten megabytes of `yes` were enough for that in 64 MiB.
 */
function frugal({ memory = roomy }: Limits): Record<string, string> {
  const heap = Math.max(smallestHeap, Math.floor((memory / mebibyte) * heapShare));
  const bound = memory < roomy ? ` --max-old-space-size=${heap}` : '';
  return { NODE_OPTIONS: `--max-semi-space-size=2${bound}`, MALLOC_ARENA_MAX: '2' };
}

/** `init boot` with all that it is told: see agent/init/PROTOCOL.md. */
function bootCommand(spec: ContainerSpec): string[] {
  const hardened = spec.profile === 'hardened';
  const settings = {
    ...frugal(spec.limits),
    ...spec.settings,
    CUBBY_USER: spec.user,
    CUBBY_SUPERVISED: '1',
    ...(hardened && { CUBBY_HARDENED: '1' }),
  };
  return [
    `${packPath}/init`,
    'boot',
    '--pack',
    packPath,
    ...Object.entries(settings).flatMap(([key, value]) => ['--setting', `${key}=${value}`]),
    ...(spec.keepHome ? ['--keep-home'] : []),
    ...(hardened ? ['--no-capabilities'] : []),
    '--',
    ...spec.entrypoint,
  ];
}

/** A name with `=` in it would be another name's value, as `CUBBY_TOKEN=x`. */
function environment({ env, token }: ContainerSpec): string[] {
  for (const [key, value] of Object.entries(env)) {
    if (key !== '' && !/[=\0]/.test(key) && !value.includes('\0')) continue;
    const field = `env.${key.slice(0, 64)}`;
    throw new ApiError('SANDBOX::INVALID_PARAMETER', `${JSON.stringify(field)} can't be an environment variable`, {
      field,
      expected: 'a name without "=", and no NUL byte',
    });
  }
  return Object.entries({ ...env, [tokenVariable]: token }).map(([key, value]) => `${key}=${value}`);
}
