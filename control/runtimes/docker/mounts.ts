import type { Profile } from '../runtime.ts';
import type { DockerOptions } from './options.ts';
import { workspace } from './profile.ts';

/** Places inside the container; the agent's configuration has the same. */
export const packPath = '/.cubby/pack';
export const socketsPath = '/.cubby/run';
export const spoolPath = '/.cubby/spool';

/** What the agent's socket takes is an inode; the rest is for a container that fills the directory. */
const socketsOptions = 'size=64k,nr_inodes=16,mode=0755,nosuid,nodev,noexec';

/** A mount as the engine's API has it. */
export interface Mount {
  Type: 'bind' | 'volume';
  Source: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation: 'rprivate'; NonRecursive: boolean };
  VolumeOptions?: {
    NoCopy: boolean;
    Labels?: Record<string, string>;
    DriverConfig?: { Name: string; Options: Record<string, string> };
  };
}

/**
 * The pack, read-only; the directory of the agent's socket; for `hardened` the workspace.
 *
 * The socket directory is a volume and not a tmpfs of the container, since the engine mounts a volume on the host too,
 * where control finds it, and ends it with the container. `NoCopy`: what an image has at these places stays out of them.
 */
export function mounts(pack: DockerOptions['pack'], profile: Profile, labels: Record<string, string>): Mount[] {
  const list: Mount[] = [
    packMount(pack),
    {
      Type: 'volume',
      Source: '',
      Target: socketsPath,
      VolumeOptions: {
        NoCopy: true,
        Labels: labels,
        DriverConfig: { Name: 'local', Options: { type: 'tmpfs', device: 'tmpfs', o: socketsOptions } },
      },
    },
  ];
  // On the disk and not in memory, so that it holds what the root of a `standard` sandbox would, and outlives a stop.
  // What the image has there is copied into it.
  if (profile === 'hardened') {
    list.push({ Type: 'volume', Source: '', Target: workspace, VolumeOptions: { NoCopy: false, Labels: labels } });
  }
  return list;
}

/** Memory that holds the output of commands: it counts as the container's. 0711: each command's directory is the agent's alone. */
export function spool(bytes: number): Record<string, string> {
  // An inode per 4 KiB, as the kernel has it, but at least some: a command takes four and a directory.
  const inodes = Math.max(1024, Math.ceil(bytes / 4096));
  return { [spoolPath]: `size=${Math.trunc(bytes)},nr_inodes=${inodes},mode=0711,nosuid,nodev,noexec` };
}

function packMount(pack: DockerOptions['pack']): Mount {
  if ('volume' in pack) {
    return { Type: 'volume', Source: pack.volume, Target: packPath, ReadOnly: true, VolumeOptions: { NoCopy: true } };
  }
  // Mounts below it would not be read-only with it.
  const BindOptions = { Propagation: 'rprivate' as const, NonRecursive: true };
  return { Type: 'bind', Source: pack.path, Target: packPath, ReadOnly: true, BindOptions };
}
