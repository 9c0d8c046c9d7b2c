/** One mounted cgroup hierarchy, as /proc/<pid>/mountinfo tells it. */
export interface CgroupMount {
  version: 1 | 2;
  /** Of version 1: `memory`, `cpu`, ...; empty for version 2. */
  controllers: string[];
  /** The cgroup that is visible at the mount point, from the hierarchy's root. */
  root: string;
  mountPoint: string;
}

/** The cgroup mounts among the lines of a mountinfo file (proc_pid_mountinfo(5)). */
export function cgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (const line of mountinfo.split('\n')) {
    // The number of optional fields before the lone dash differs, so the two halves are read apart.
    const dash = line.indexOf(' - ');
    if (dash === -1) continue;
    const [, , , root, mountPoint] = line.slice(0, dash).split(' ');
    const [type, , options] = line.slice(dash + 3).split(' ');
    if (!root || !mountPoint || (type !== 'cgroup' && type !== 'cgroup2')) continue;
    mounts.push({
      version: type === 'cgroup2' ? 2 : 1,
      controllers: type === 'cgroup' ? (options ?? '').split(',') : [],
      root: unescaped(root),
      mountPoint: unescaped(mountPoint),
    });
  }
  return mounts;
}

/** Space, tab, newline and backslash are written as three octal digits there. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
