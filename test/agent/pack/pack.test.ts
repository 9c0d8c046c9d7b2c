import assert from 'node:assert/strict';
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildPack } from '../../../agent/pack/build.ts';
import { pythonImage, smallImage, startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';

const current = join(import.meta.dirname, '../../../.pack/current');
const tiny = { memory: '64Mi', cpu: '100m' };

test('a pack is named after what went into it, and built once', async () => {
  const before = statSync(join(current, 'main.cjs')).mtimeMs;
  const path = await buildPack(() => assert.fail('it was built again'));
  assert.ok(path.endsWith(readlinkSync(current)));
  assert.equal(statSync(join(current, 'main.cjs')).mtimeMs, before);
});

engineTest('the agent runs in images of any kind', async (t) => {
  const control = await startTestControl(t);

  await t.test('in one that holds nothing but a static busybox', async () => {
    const { id } = await control.create({ image: { uri: smallImage } });
    const agent = await control.agent(id);
    const { stdout, exitCode } = await agent.run('ls -d /lib* /usr/lib* 2>/dev/null | wc -l; echo $0');
    assert.deepEqual([stdout, exitCode], ['0\n/bin/sh', 0]);
  });

  await t.test('in a distribution with a C library of its own', async () => {
    const { id } = await control.create({ image: { uri: pythonImage }, entrypoint: ['sleep', 'infinity'] });
    const agent = await control.agent(id);
    const { stdout } = await agent.run('echo "$0"; ls /lib64/ld-linux-*');
    assert.match(stdout, /^\/bin\/bash\n\/lib64\/ld-linux/);
  });

  await t.test('in a read-only one whose USER is a name, and whose environment would break Node', async () => {
    const { id } = await control.create({
      image: { uri: 'cubby/named-user:test' },
      extensions: { 'cubby.profile': 'hardened' },
    });
    const agent = await control.agent(id);
    const { stdout } = await agent.run('id -un; id -G; touch /x 2>&1; echo "$NODE_OPTIONS"; pwd');
    const [name, groups, touch, options, cwd] = stdout.split('\n');
    assert.equal(name, 'app');
    assert.deepEqual(groups?.split(' ').sort(), ['2345', '3001', '3002']);
    assert.match(touch ?? '', /Read-only file system/);
    assert.equal(options, '--max-old-space-size=1');
    assert.equal(cwd, '/srv/work dir');
  });

  await t.test('with 64 MiB of memory and a tenth of a processor', async () => {
    const { id } = await control.create({ resourceLimits: tiny });
    const agent = await control.agent(id);
    const { stdout, exitCode } = await agent.run('i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done');
    assert.deepEqual([stdout.split('\n').length, exitCode], [2000, 0]);
    const metrics = (await (await agent.fetch('/metrics')).json()) as { mem_total_mib: number; cpu_count: number };
    assert.deepEqual([metrics.mem_total_mib, metrics.cpu_count], [64, 0.1]);
  });
});

engineTest('nothing of the agent’s own reaches what users run', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ env: { LD_PRELOAD: '/nonexistent.so', MINE: 'yes' } });
  const agent = await control.agent(id);
  const { stdout } = await agent.run('env; echo; tr "\\0" "\\n" < /proc/self/environ; ls -l /proc/self/fd | wc -l');
  assert.match(stdout, /^LD_PRELOAD=\/nonexistent.so$/m);
  assert.match(stdout, /^MINE=yes$/m);
  assert.doesNotMatch(stdout, /CUBBY|LD_LIBRARY_PATH|NODE_/);
  assert.ok(!stdout.includes(agent.token));

  const { stdout: entrypoint } = await agent.run(
    'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = sleep ] && tr "\\0" "\\n" < $p/environ; done',
  );
  assert.match(entrypoint, /^MINE=yes$/m);
  assert.ok(!entrypoint.includes('CUBBY'));

  const ofAgent = 'case $(readlink $p/exe) in */ld.so) tr "\\0" "\\n" < $p/environ;; esac';
  const own = await agent.run(`for p in /proc/[0-9]*; do ${ofAgent}; done`);
  assert.match(own.stdout, /^HOME=\/root$/m);
  assert.doesNotMatch(own.stdout, /LD_PRELOAD|MINE/);
});
