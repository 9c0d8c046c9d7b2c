/** What kernels and engines really show, shortened to the lines of cgroups and a few of their neighbours. */

/** Docker 20.10, cgroupfs driver, cgroup v1 beside an almost empty v2, host's cgroup namespace; read inside the container. */
export const dockerV1 = {
  procSelfCgroup: `9:name=systemd:/docker/362875e976b2
8:pids:/docker/362875e976b2
7:blkio:/docker/362875e976b2
6:freezer:/docker/362875e976b2
5:devices:/docker/362875e976b2
4:memory:/docker/362875e976b2
3:cpuset:/docker/362875e976b2
2:cpuacct:/docker/362875e976b2
1:cpu:/docker/362875e976b2
0::/docker/362875e976b2
`,
  mountinfo: `72 48 0:39 / / rw,relatime master:2 - overlay overlay rw,lowerdir=/l/7Z2U,upperdir=/diff,workdir=/work
76 72 0:45 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
77 76 0:46 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
78 77 0:29 /docker/362875e976b2 /sys/fs/cgroup/cpu ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,cpu
79 77 0:30 /docker/362875e976b2 /sys/fs/cgroup/cpuacct ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,cpuacct
80 77 0:31 /docker/362875e976b2 /sys/fs/cgroup/cpuset ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,cpuset
81 77 0:32 /docker/362875e976b2 /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,memory
85 77 0:36 /docker/362875e976b2 /sys/fs/cgroup/pids ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,pids
86 77 0:37 /docker/362875e976b2 /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,name=systemd
`,
};

/** The host of that container: a hybrid of both versions. */
export const hybridHost = {
  mountinfo: `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
};

/** The usual v1 of distributions: two controllers in one hierarchy, and the mount of a systemd machine. */
export const comountedV1 = {
  procSelfCgroup: `12:cpuset:/
5:memory:/user.slice/session-3.scope
3:cpu,cpuacct:/user.slice
1:name=systemd:/user.slice/session-3.scope
0::/user.slice/session-3.scope
`,
  mountinfo: `26 18 0:23 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
27 26 0:24 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup rw
32 26 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct
35 26 0:32 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,memory
`,
};

/** Docker on v2 with a private cgroup namespace, its default there; read inside the container. */
export const dockerV2 = {
  procSelfCgroup: '0::/\n',
  mountinfo: `306 305 0:52 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
310 305 0:56 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
311 310 0:30 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot
`,
};

/** Kubernetes on v2, systemd driver, host's cgroup namespace; read inside the container. */
export const kubernetesV2 = {
  procSelfCgroup:
    '0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod5a0f.slice/cri-containerd-1d2e.scope\n',
  mountinfo: `765 757 0:111 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro,seclabel
767 765 0:25 /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod5a0f.slice/cri-containerd-1d2e.scope /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,seclabel
769 757 259:16 /var/lib/kubelet/pods/5a0f/volumes/kubernetes.io~empty-dir/html /html rw,nosuid,nodev,noatime - ext4 /dev/nvme1n1p1 rw,seclabel
`,
};

/** A host with v2 alone. */
export const hostV2 = {
  mountinfo:
    '29 23 0:25 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n',
};

/** gVisor without cgroupfs: there is /proc, and no cgroup in it. */
export const gvisor = {
  procSelfCgroup: '',
  mountinfo: `1 0 0:17 / / rw - 9p none rw,trans=fd,rfdno=4,wfdno=4,aname=/,dfltuid=4294967294,dfltgid=4294967294
2 1 0:18 / /proc rw,noexec - proc none rw
`,
};
