import type { ContainerSpec, VolumeMount } from '../runtime.ts';
import type { DockerOptions } from './options.ts';
import { workspace } from './profile.ts';
import { claimLabels } from './volumes.ts';

/** Below this is what is Cubby's own in a container. */
export const ownPlace = '/.cubby';
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
  BindOptions?: { Propagation: 'rprivate' | 'rslave'; NonRecursive: boolean };
  VolumeOptions?: {
    NoCopy: boolean;
    Labels?: Record<string, string>;
    DriverConfig?: { Name: string; Options: Record<string, string> };
  };
}

/**
 * The pack, read-only; the directory of the agent's socket; what the user wants; for `hardened` a workspace, unless the user
 * has one.
 *
 * The socket directory is a volume and not a tmpfs of the container, since the engine mounts a volume on the host too,
 * where control finds it, and ends it with the container. `NoCopy`: what an image has at these places stays out of them.
 */
export function mounts(
  pack: DockerOptions['pack'],
  { profile, mounts: volumes }: Pick<ContainerSpec, 'profile' | 'mounts'>,
  labels: Record<string, string>,
): Mount[] {
  const list: Mount[] = [
    // First, since an engine that refuses one leaves the anonymous volumes behind that it has made before.
    ...volumes.map((volume) => volumeMount(volume, labels)),
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
  if (hasOwnWorkspace({ profile, mounts: volumes })) {
    list.push({ Type: 'volume', Source: '', Target: workspace, VolumeOptions: { NoCopy: false, Labels: labels } });
  }
  return list;
}

/** True when the sandbox gets a workspace of the runtime's making. */
export function hasOwnWorkspace({ profile, mounts }: Pick<ContainerSpec, 'profile' | 'mounts'>): boolean {
  return profile === 'hardened' && !mounts.some(({ target }) => target === workspace);
}

/**
 * What is mounted below a directory stays out: it could not be made read-only with it, and isn't what was looked at. `NoCopy`:
 * the engine would copy into an empty volume as root, along links that another sandbox may be putting there meanwhile.
 */
function volumeMount(volume: VolumeMount, labels: Record<string, string>): Mount {
  const { target: Target, readOnly: ReadOnly } = volume;
  if ('directory' in volume) {
    // The engine insists on the second for its own directories.
    const Propagation = volume.inVolume ? 'rslave' : 'rprivate';
    const BindOptions = { Propagation, NonRecursive: true } as const;
    return { Type: 'bind', Source: volume.directory, Target, ReadOnly, BindOptions };
  }
  const { name, maker } = volume.volume;
  // One that was removed by hand a moment ago is made anew by the engine, with these labels.
  const VolumeOptions = { NoCopy: true, Labels: claimLabels(labels, maker) };
  return { Type: 'volume', Source: name, Target, ReadOnly, VolumeOptions };
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
