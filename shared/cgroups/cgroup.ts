import { readFileSync } from 'node:fs';
import { type CgroupMount, cgroupMounts } from './mounts.ts';

/** Where the files of one controller are. */
export interface ControllerDirectory {
  version: 1 | 2;
  directory: string;
  /** Where its hierarchy is mounted; the directories between the two are those whose limits count too. */
  mountPoint: string;
}

const controllers = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'pressure'] as const;

/** The files of one cgroup. Under version 2 all controllers share a directory; `pressure` is there only. */
export type Cgroup = Partial<Record<(typeof controllers)[number], ControllerDirectory>>;

/** What the kernel says about a process and about the mounts through which its cgroup is looked at. */
export interface CgroupSources {
  /** Text of /proc/self/cgroup, or of /proc/<pid>/cgroup. */
  procSelfCgroup: string;
  /** Text of the reader's own /proc/self/mountinfo. */
  mountinfo: string;
  /** What mount points are below; empty on a real machine. */
  root?: string;
  /**
   * The cgroup is the reader's own. A container with the host's cgroup namespace reads a path that it can't see, while its
   * own cgroup is what the engine mounted, so then the mount point itself is the answer.
   */
  own?: boolean;
}

/**
 * Finds the directories of a cgroup under version 1, version 2, or both side by side (hybrid: version 1 has the controllers,
 * version 2 the pressure). A controller that can't be seen is left out: gVisor may show none at all.
 */
export function findCgroup({ procSelfCgroup, mountinfo, root = '', own = true }: CgroupSources): Cgroup {
  const mounts = cgroupMounts(mountinfo);
  const cgroup: Cgroup = {};
  // Version 2 first: where a controller is in both, only version 1 has its files.
  for (const line of lines(procSelfCgroup).sort((a, b) => a.names.length - b.names.length)) {
    for (const controller of controllers) {
      if (!line.unified && !line.names.includes(controller)) continue;
      const visible = mounts.filter((mount) =>
        line.unified ? mount.version === 2 : mount.version === 1 && mount.controllers.includes(controller),
      );
      const found = locate(line.path, visible, own);
      if (found)
        cgroup[controller] = { ...found, directory: root + found.directory, mountPoint: root + found.mountPoint };
    }
  }
  return cgroup;
}

/** The reader's own cgroup, looked at from inside. */
export function ownCgroup(): Cgroup {
  return findCgroup({
    procSelfCgroup: readFileSync('/proc/self/cgroup', 'utf8'),
    mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
  });
}

/**
 * The cgroup of another process, looked at from the host. Undefined when the process is gone. A reader in a container has to
 * see the host's hierarchy at its own mounts (`--cgroupns host` and a bind of /sys/fs/cgroup). The process's own mounts are
 * never used: whoever has root in a container decides what is in them.
 */
export function cgroupOf(pid: number): Cgroup | undefined {
  let procSelfCgroup: string;
  try {
    procSelfCgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return undefined;
  }
  return findCgroup({ procSelfCgroup, mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'), own: false });
}

function lines(procSelfCgroup: string): { unified: boolean; names: string[]; path: string }[] {
  return procSelfCgroup.split('\n').flatMap((line) => {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (!match) return [];
    const names = match[2]!.split(',').filter(Boolean);
    return [{ unified: match[1] === '0' && names.length === 0, names, path: match[3]! }];
  });
}

function locate(path: string, mounts: CgroupMount[], own: boolean): ControllerDirectory | undefined {
  for (const { version, root, mountPoint } of mounts) {
    const below =
      root === '/' ? path : path === root ? '/' : path.startsWith(`${root}/`) ? path.slice(root.length) : '';
    // A path that climbs is one outside the reader's cgroup namespace.
    if (!below || below.startsWith('/..')) continue;
    return { version, mountPoint, directory: below === '/' ? mountPoint : mountPoint + below };
  }
  const mount = own ? mounts[0] : undefined;
  return mount && { version: mount.version, mountPoint: mount.mountPoint, directory: mount.mountPoint };
}
