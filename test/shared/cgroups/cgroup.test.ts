import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupOf, findCgroup } from '../../../shared/cgroups/cgroup.ts';
import { comountedV1, dockerV1, dockerV2, gvisor, hostV2, hybridHost, kubernetesV2 } from './fixtures.ts';

test('a container under v1 with the host’s namespace finds its own files at the root of each mount', () => {
  const cgroup = findCgroup(dockerV1);
  assert.deepEqual(cgroup.memory, {
    version: 1,
    directory: '/sys/fs/cgroup/memory',
    mountPoint: '/sys/fs/cgroup/memory',
  });
  assert.equal(cgroup.cpu?.directory, '/sys/fs/cgroup/cpu');
  assert.equal(cgroup.cpuacct?.directory, '/sys/fs/cgroup/cpuacct');
  assert.equal(cgroup.pids?.directory, '/sys/fs/cgroup/pids');
  assert.equal(cgroup.pressure, undefined);
});

test('a container under v2 with a namespace of its own finds its files at the mount', () => {
  const cgroup = findCgroup(dockerV2);
  for (const controller of ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'pressure'] as const)
    assert.deepEqual(cgroup[controller], { version: 2, directory: '/sys/fs/cgroup', mountPoint: '/sys/fs/cgroup' });
});

test('a Kubernetes container under v2 finds its files at the mount, whatever the long path says', () => {
  assert.equal(findCgroup(kubernetesV2).memory?.directory, '/sys/fs/cgroup');
});

test('the host finds a container’s files below its own mounts, and pressure beside v1', () => {
  const cgroup = findCgroup({ ...dockerV1, ...hybridHost, own: false });
  assert.deepEqual(cgroup.memory, {
    version: 1,
    directory: '/sys/fs/cgroup/memory/docker/362875e976b2',
    mountPoint: '/sys/fs/cgroup/memory',
  });
  assert.deepEqual(cgroup.pressure, {
    version: 2,
    directory: '/sys/fs/cgroup/unified/docker/362875e976b2',
    mountPoint: '/sys/fs/cgroup/unified',
  });
  const v2 = findCgroup({ procSelfCgroup: '0::/system.slice/docker-9b.scope\n', ...hostV2, own: false });
  assert.equal(v2.cpu?.directory, '/sys/fs/cgroup/system.slice/docker-9b.scope');
});

test('controllers that share a hierarchy are found in it, and one that is not mounted under v1 is looked for in v2', () => {
  const cgroup = findCgroup(comountedV1);
  assert.equal(cgroup.cpu?.directory, '/sys/fs/cgroup/cpu,cpuacct/user.slice');
  assert.equal(cgroup.cpuacct?.directory, '/sys/fs/cgroup/cpu,cpuacct/user.slice');
  assert.equal(cgroup.memory?.directory, '/sys/fs/cgroup/memory/user.slice/session-3.scope');
  assert.equal(cgroup.pids?.version, 2);
});

test('a process in a cgroup below the container’s finds that one', () => {
  const nested = dockerV1.procSelfCgroup.replaceAll('362875e976b2', '362875e976b2/inner');
  assert.equal(findCgroup({ ...dockerV1, procSelfCgroup: nested }).memory?.directory, '/sys/fs/cgroup/memory/inner');
});

test('where there are no cgroups none is found', () => {
  assert.deepEqual(findCgroup(gvisor), {});
  assert.deepEqual(findCgroup({ procSelfCgroup: '\0\n::\nx:y:z\n', mountinfo: ' - \n - cgroup2' }), {});
});

test('another process’s cgroup outside what this one sees is never taken for this one’s', () => {
  // Control in a container of its own: it sees its own cgroup at the mount point, and the sandbox's is a sibling.
  const sibling = { ...dockerV2, procSelfCgroup: '0::/../docker-9b.scope\n', own: false };
  assert.deepEqual(findCgroup(sibling), {});
  assert.deepEqual(
    findCgroup({ procSelfCgroup: '4:memory:/docker/other\n', mountinfo: dockerV1.mountinfo, own: false }),
    {},
  );
  // A name that merely begins like the visible one is another one too.
  const longer = { procSelfCgroup: '4:memory:/docker/362875e976b2f\n', mountinfo: dockerV1.mountinfo, own: false };
  assert.deepEqual(findCgroup(longer), {});
});

test('a mount point with spaces and a different root directory are honoured', () => {
  const mountinfo = '29 23 0:25 / /mnt/control\\040groups rw shared:9 - cgroup2 cgroup2 rw\n';
  assert.deepEqual(findCgroup({ procSelfCgroup: '0::/a:b\n', mountinfo, root: '/host' }).memory, {
    version: 2,
    directory: '/host/mnt/control groups/a:b',
    mountPoint: '/host/mnt/control groups',
  });
});

test('a process that is gone has no cgroup', () => {
  assert.equal(cgroupOf(2 ** 22 + 1), undefined);
});
