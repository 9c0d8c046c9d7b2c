import assert from 'node:assert/strict';
import { engineTest } from '../../../support/engine.ts';
import { busybox, openLab, succeed, until } from './lab.ts';

const lab = openLab();

/** The lines of /proc/PID/status that tell what a process may. */
function rights(status: string): Record<string, string> {
  return Object.fromEntries(
    status.split('\n').flatMap((line) => {
      const [, key, value = ''] = /^(Cap\w+|NoNewPrivs|Seccomp):\s+(\w+)/.exec(line) ?? [];
      return key === undefined ? [] : [[key, value]];
    }),
  );
}

engineTest('a standard sandbox has the usual capabilities less the nine that OpenSandbox drops', async () => {
  const { run, shell } = await lab();
  await run('caps');
  const found = rights((await shell('caps', 'cat /proc/1/status')).output);
  // CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP
  assert.equal(found['CapBnd'], '00000000800405fb');
  assert.equal(found['CapEff'], '00000000800405fb');
  assert.equal(found['NoNewPrivs'], '1');
  assert.equal(found['Seccomp'], '2');
  assert.equal((await shell('caps', 'touch /written')).code, 0);
});

engineTest('a hardened sandbox keeps only what the agent needs, and none of its root can be written', async () => {
  const { run, shell } = await lab();
  await run('hard', { profile: 'hardened', limits: { spool: 1024 * 1024 } });
  const found = rights((await shell('hard', 'cat /proc/1/status')).output);
  // CHOWN DAC_OVERRIDE FOWNER KILL SETGID SETUID SETPCAP
  assert.equal(found['CapBnd'], '00000000000001eb');
  assert.equal(found['NoNewPrivs'], '1');
  assert.equal(found['Seccomp'], '2');
  for (const place of ['/', '/bin', '/etc', '/.cubby', '/.cubby/pack']) {
    const { code, output } = await shell('hard', `touch ${place}/x`);
    assert.notEqual(code, 0, place);
    assert.match(output, /Read-only file system/, place);
  }
  assert.equal((await shell('hard', 'touch /tmp/x /workspace/x && cp /bin/busybox /tmp && /tmp/busybox true')).code, 0);
  assert.match((await shell('hard', 'grep " /tmp " /proc/mounts')).output, /tmpfs .*nosuid.*size=524288k/);
  assert.match((await shell('hard', 'stat -c "%u %g" /workspace')).output, /^1000 1000$/m);
});

engineTest('a hardened sandbox without limits of its own gets 256 processes, 2 GiB and one processor', async () => {
  const { run, look } = await lab();
  await run('defaults', { profile: 'hardened', limits: { spool: 1024 * 1024 } });
  const limits = '{{with .HostConfig}}{{.PidsLimit}} {{.Memory}} {{.MemorySwap}} {{.NanoCpus}}{{end}}';
  assert.equal(await look('defaults', limits), '256 2147483648 2147483648 1000000000');
});

engineTest(
  'what the image has in its workspace is there in a hardened sandbox, and the workspace is its user’s',
  async () => {
    const { run, shell } = await lab();
    const image = 'cubby-test-workspace:1';
    const line = 'mkdir /workspace && echo kept > /workspace/file && chmod 711 /workspace';
    const { output } = await succeed('docker', ['run', '-d', '--network', 'none', busybox, 'sh', '-c', line]);
    const base = output.trim();
    try {
      await succeed('docker', ['wait', base]);
      await succeed('docker', ['commit', base, image]);
      await run('copied', { image, profile: 'hardened' });
      assert.equal((await shell('copied', 'cat /workspace/file')).output, 'kept\n');
      assert.match((await shell('copied', 'stat -c "%u" /workspace')).output, /^1000$/m);
    } finally {
      await (await lab()).runtime.remove('copied');
      await succeed('docker', ['rm', '-f', base]);
      await succeed('docker', ['rmi', image]);
    }
  },
);

engineTest('the pack can’t be changed from inside, not by root either', async () => {
  const { run, shell } = await lab();
  await run('pack');
  assert.match((await shell('pack', 'echo x >> /.cubby/pack/init')).output, /Read-only file system/);
  assert.match((await shell('pack', 'mount -o remount,rw /.cubby/pack')).output, /permission denied|not permitted/i);
});

engineTest('the directory of the agent’s socket can’t be filled beyond 64 KiB and 16 files', async () => {
  const { run, shell } = await lab();
  await run('full');
  const { output } = await shell(
    'full',
    'dd if=/dev/zero of=/.cubby/run/fill bs=1k count=1000; stat -c %s /.cubby/run/fill',
  );
  assert.match(output, /No space left on device/);
  assert.match(output, /^65536$/m);
  const files = await shell(
    'full',
    'rm /.cubby/run/fill; i=0; while touch /.cubby/run/$i; do i=$((i+1)); done; echo made $i',
  );
  assert.match(files.output, /No space left on device/);
  assert.match(files.output, /made 15$/m);
  assert.match((await shell('full', 'grep " /.cubby/run " /proc/mounts')).output, /nosuid,nodev,noexec/);
});

engineTest('the spool ends at its size, and nothing in it can be run', async () => {
  const { run, shell } = await lab();
  await run('spool', { limits: { spool: 1024 * 1024 } });
  const { output } = await shell(
    'spool',
    'dd if=/dev/zero of=/.cubby/spool/fill bs=64k count=100; stat -c %s /.cubby/spool/fill',
  );
  assert.match(output, /^1048576$/m);
  assert.match(
    (await shell('spool', 'rm /.cubby/spool/fill; cp /bin/busybox /.cubby/spool/b; /.cubby/spool/b')).output,
    /ermission denied|No space/,
  );
  assert.match((await shell('spool', 'stat -c "%a %u" /.cubby/spool')).output, /^711 0$/m);
});

engineTest('a fork bomb meets the limit of processes', async () => {
  const { run, shell } = await lab();
  await run('forks', { limits: { pids: 20, spool: 1024 * 1024 } });
  const { output } = await shell('forks', 'i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done; echo done');
  assert.match(output, /can't fork/);
});

engineTest('a program that takes more memory than there is is ended; nothing is swapped out for it', async () => {
  const { run, shell, look } = await lab();
  await run('greedy', { limits: { memory: 64 * 1024 * 1024, spool: 1024 * 1024 } });
  assert.equal((await shell('greedy', 'dd if=/dev/zero of=/dev/null bs=200M count=1')).code, 137);
  assert.equal(await look('greedy', '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}'), '67108864 67108864');
});

engineTest(
  'the engine runs nothing of the image by itself: no health check, no restart, no published port',
  async () => {
    const { runtime, run, look, shell } = await lab();
    const image = 'cubby-test-hostile:1';
    const changes = [
      'HEALTHCHECK --interval=1s CMD touch /ran',
      'EXPOSE 80',
      'ENTRYPOINT ["/bin/false"]',
      'ENV CUBBY_TOKEN=from-the-image',
      'USER 1000',
      'LABEL cubby.sandbox=somebody-else cubby.store=another',
    ];
    const base = (await succeed('docker', ['create', busybox])).output.trim();
    try {
      await succeed('docker', ['commit', ...changes.flatMap((change) => ['--change', change]), base, image]);
      await run('hostile', { image, env: { CUBBY_TOKEN: 'from-the-request' } });
      assert.equal(
        await look('hostile', '{{json .Config.Healthcheck.Test}} {{if .State.Health}}health{{end}}'),
        '["NONE"]',
      );
      assert.equal(
        await look('hostile', '{{.HostConfig.RestartPolicy.Name}} {{len .HostConfig.PortBindings}}'),
        'no 0',
      );
      assert.match((await shell('hostile', 'id -u')).output, /^0$/m);
      const { output } = await shell('hostile', 'tr "\\0" "\\n" < /proc/1/environ');
      assert.deepEqual(output.match(/^CUBBY_TOKEN=.*$/gm), ['CUBBY_TOKEN=a-token-of-at-least-sixteen-characters']);
      assert.equal((await runtime.inspect('hostile'))?.id, 'hostile');
    } finally {
      await runtime.remove('hostile');
      await succeed('docker', ['rm', base]);
      await succeed('docker', ['rmi', image]);
    }
  },
);

engineTest('what an image has below /.cubby/run never reaches the agent’s directory', async () => {
  const { runtime, run, shell } = await lab();
  const image = 'cubby-test-planted:1';
  const line = 'mkdir -p /.cubby/run && ln -s /var/run/docker.sock /.cubby/run/agent.sock';
  const base = (await succeed('docker', ['run', '-d', '--network', 'none', busybox, 'sh', '-c', line])).output.trim();
  try {
    await succeed('docker', ['wait', base]);
    await succeed('docker', ['commit', base, image]);
    await run('planted', { image });
    assert.equal((await shell('planted', 'ls /.cubby/run')).output, '');
  } finally {
    await runtime.remove('planted');
    await succeed('docker', ['rm', base]);
    await succeed('docker', ['rmi', image]);
  }
});

engineTest('PID 1 is the pack’s init, told of the user, the settings and the entrypoint', async () => {
  const { runtime, run } = await lab();
  await run('told', {
    profile: 'hardened',
    user: '1000:1000',
    keepHome: true,
    entrypoint: ['sh', '-c', 'echo "two words"'],
    settings: { CUBBY_RING_BYTES: '4096', CUBBY_SUPERVISED: '0' },
  });
  const log = await until('the first line', async () => (await runtime.logs('told', {})).text || undefined);
  assert.equal(
    log.trim(),
    'init boot --pack /.cubby/pack --setting NODE_OPTIONS=--max-semi-space-size=2 --max-old-space-size=24 ' +
      '--setting MALLOC_ARENA_MAX=2 ' +
      '--setting CUBBY_RING_BYTES=4096 --setting CUBBY_SUPERVISED=1 ' +
      '--setting CUBBY_USER=1000:1000 --setting CUBBY_HARDENED=1 --keep-home --no-capabilities -- sh -c echo "two words"',
  );
});

engineTest('a sandbox without a network has the loopback interface only', async () => {
  const { run, shell } = await lab();
  await run('alone', { network: false });
  assert.equal((await shell('alone', 'ls /sys/class/net')).output, 'lo\n');
});

engineTest('sandboxes can’t open raw sockets, make devices, or enter namespaces', async () => {
  const { run, shell } = await lab();
  await run('powerless');
  for (const line of [
    'ping -c 1 127.0.0.1',
    'mknod /dev/x b 254 0',
    'unshare -n true',
    'mount -t tmpfs x /mnt',
    'ip link set lo down',
  ]) {
    const { code, output } = await shell('powerless', line);
    assert.notEqual(code, 0, line);
    assert.match(output, /not permitted|denied/i, line);
  }
});
