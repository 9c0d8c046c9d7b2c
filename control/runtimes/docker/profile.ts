import type { HostConfig } from 'dockerode';
import type { Limits, Profile } from '../runtime.ts';

/** Where a user's files live. */
export const workspace = '/workspace';
/** The user and group that a hardened sandbox's commands run as. */
export const workspaceOwner = 1000;

/**
 * What OpenSandbox takes from the engine's default capabilities. NET_RAW matters most: with it a sandbox could send packets
 * that no rule about its own addresses fits.
 */
const dropped = [
  'AUDIT_WRITE',
  'MKNOD',
  'NET_ADMIN',
  'NET_RAW',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
];

/** What the agent itself needs: to become the user, to end what the user started, and to read and write in the user's name. */
const needed = ['SETUID', 'SETGID', 'SETPCAP', 'KILL', 'CHOWN', 'FOWNER', 'DAC_OVERRIDE'];

const gibibyte = 1024 ** 3;

interface Confinement {
  /** In force where neither request nor configuration says a limit. */
  limits: { pids: number; memory?: number; cpu?: number };
  host: HostConfig;
}

/**
 * What the two profiles are. `standard` is a machine of one's own: writable, with root in it. `hardened` is for code that
 * nobody has read: nothing but its workspace, `/tmp`, what the request mounts and the volumes that the image declares can be written,
 * and nobody in it has a capability. An image declares volumes for what its programs have to write.
 */
export const profiles: Record<Profile, Confinement> = {
  standard: {
    limits: { pids: 4096 },
    host: { CapDrop: dropped },
  },
  hardened: {
    limits: { pids: 256, memory: 2 * gibibyte, cpu: 1 },
    host: {
      CapDrop: ['ALL'],
      CapAdd: needed,
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'size=512m,mode=1777,exec,nosuid,nodev' },
    },
  },
};

/** The engine's words for the limits. Memory and swap are the same number: a sandbox at its limit must not slow the machine down by swapping. */
export function limitSettings(profile: Profile, limits: Limits): HostConfig {
  const defaults = profiles[profile].limits;
  const memory = limits.memory ?? defaults.memory;
  const cpu = limits.cpu ?? defaults.cpu;
  return {
    PidsLimit: limits.pids ?? defaults.pids,
    ...(memory !== undefined && { Memory: Math.trunc(memory), MemorySwap: Math.trunc(memory) }),
    ...(cpu !== undefined && { NanoCpus: Math.round(cpu * 1e9) }),
  };
}
