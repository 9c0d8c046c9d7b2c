import assert from 'node:assert/strict';
import { type AgentClient, startTestControl } from '../support/control.ts';
import type { ControlClient } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

const mebibyte = 1024 ** 2;
const limit = 64 * mebibyte;
const often = { 'sandbox.disk_look_seconds': '0.1' };
const limited = { resourceLimits: { memory: '128Mi', cpu: '1', disk: '64Mi' } };

/** Begins to write so many MiB. The answer may be cut off: whoever writes too much is stopped. */
const write = (agent: AgentClient, file: string, mebibytes: number) =>
  agent.background(`dd if=/dev/zero of=${file} bs=1M count=${mebibytes}`).catch(() => undefined);

const untilStopped = async (control: ControlClient, id: string) => {
  const isStopped = async () => (await control.get(id)).status.state === 'Paused';
  await until(isStopped, 'it is stopped', 120_000);
  assert.equal((await control.get(id)).status.reason, 'disk_exceeded');
};

/** Waits until a look that began after this has found what `is` says. */
async function untilSeen(control: ControlClient, id: string, is: (used: number) => boolean): Promise<void> {
  const since = Date.now();
  const isSeen = async () => {
    const { lookedAt, usedBytes } = (await control.get(id)).disk ?? {};
    return lookedAt !== undefined && Date.parse(lookedAt) > since && is(usedBytes ?? Number.NaN);
  };
  await until(isSeen, 'that is known of its disk', 120_000);
}

/** Has it have a little more, and waits until that was seen. It runs still, as it did in between. */
async function isLeftAlone(control: ControlClient, id: string): Promise<void> {
  const agent = await control.agent(id);
  const firstProcess = async () => (await agent.run('cut -d " " -f 22 /proc/1/stat')).stdout;
  const startedAt = await firstProcess();
  await untilSeen(control, id, () => true);
  const before = (await control.get(id)).disk?.usedBytes ?? Number.NaN;
  assert.equal((await agent.run('dd if=/dev/zero of=/little bs=1M count=1 2>/dev/null')).exitCode, 0);
  await untilSeen(control, id, (used) => used >= before + mebibyte);
  assert.equal((await agent.run('rm /little')).exitCode, 0);
  await untilSeen(control, id, (used) => used < before + mebibyte);
  assert.equal(await firstProcess(), startedAt);
}

engineTest('a sandbox that has more on its disk than it may is stopped, with all its files', async (t) => {
  const control = await startTestControl(t, often);
  const { id } = await control.create(limited);
  const agent = await control.agent(id);

  await t.test('one that has less is left alone, and says how much', async () => {
    await write(agent, '/some', 30);
    await untilSeen(control, id, (used) => used >= 30 * mebibyte);
    const { disk, status } = await control.get(id);
    assert.deepEqual([disk?.limitBytes, disk?.enforcement, status.state], [limit, 'watched', 'Running']);
    const text = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/inspect`)).text();
    assert.match(text, /Disk: +64\.0 MiB, watched\n +Disk used: +3\d\.\d MiB/);
  });

  await t.test('what is a hole in a file does not count', async () => {
    assert.equal((await agent.run('dd if=/dev/zero of=/holes bs=1M seek=10000 count=1 2>/dev/null')).exitCode, 0);
    await untilSeen(control, id, (used) => used >= 31 * mebibyte && used < limit);
    assert.equal((await agent.run('rm /holes')).exitCode, 0);
  });

  await t.test('over its limit it is stopped, and everybody can see why', async () => {
    await write(agent, '/more', 60);
    await untilStopped(control, id);
    const { status, tier } = await control.get(id);
    assert.equal(tier, 'stopped');
    assert.match(status.message, /^It has 0\.\d\d GiB on its disk, and may have 0\.06 GiB: it is stopped/);
    const events = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/events`)).text();
    assert.match(events, / runtime DiskExceeded It has 0/);
    const metrics = await (await control.fetch('/metrics')).text();
    assert.match(metrics, /^cubby_disk_stops_total 1$/m);
    assert.match(
      metrics,
      new RegExp(`^cubby_sandbox_disk_limit_bytes{sandbox="${id}",enforcement="watched"} ${limit}$`, 'm'),
    );
    assert.match(metrics, new RegExp(`^cubby_sandbox_disk_used_bytes{sandbox="${id}"} \\d+$`, 'm'));
  });

  await t.test(
    'at the next touch it is there with all of them, and is left alone as long as it does not grow',
    async () => {
      const { stdout } = await agent.run('wc -c < /some');
      assert.equal(stdout.trim(), String(30 * mebibyte));
      await isLeftAlone(control, id);
    },
  );

  await t.test('when it grows further it is stopped again', async () => {
    await write(agent, '/even-more', 20);
    await untilStopped(control, id);
  });

  await t.test('when files were deleted it has its limit as before', async () => {
    assert.equal((await agent.run('rm /more /even-more')).exitCode, 0);
    await untilSeen(control, id, (used) => used < limit);
    await isLeftAlone(control, id);
    await write(agent, '/again', 50);
    await untilStopped(control, id);
  });
});

engineTest(
  'small files and volumes that go with a sandbox count for its disk, and what has no limit is not looked at',
  async (t) => {
    const control = await startTestControl(t, often);

    await t.test('each file counts 4 KiB at least, so that inodes are not used up', async () => {
      const { id } = await control.create(limited);
      const agent = await control.agent(id);
      const line = 'mkdir /many; cd /many; i=0; while [ $i -lt 17000 ]; do : > $i; i=$((i+1)); done';
      await agent.background(line).catch(() => undefined);
      await untilStopped(control, id);
      await control.delete(id);
    });

    await t.test('the workspace of a hardened one counts', async () => {
      const { id } = await control.create({ ...limited, profile: 'hardened' });
      await write(await control.agent(id), '/workspace/large', 80);
      await untilStopped(control, id);
      await control.delete(id);
    });

    await t.test('one without a limit may write what it likes', async () => {
      const { id } = await control.create({ resourceLimits: { memory: '128Mi', cpu: '1', disk: '0' } });
      const other = await control.create(limited);
      assert.equal((await (await control.agent(id)).run('dd if=/dev/zero of=/large bs=1M count=80')).exitCode, 0);
      await untilSeen(control, other.id, (used) => used >= 0);
      const { disk, status } = await control.get(id);
      assert.deepEqual([disk, status.state], [undefined, 'Running']);
    });
  },
);

engineTest('what control knows of disks is none the worse for its being killed', async (t) => {
  const lives = controlLives(t);

  await t.test('one that was stopped for its disk is woken by the next control, and left alone', async () => {
    const first = await lives.spawn(often);
    const { id } = await first.create(limited);
    await write(await first.agent(id), '/large', 80);
    await untilStopped(first, id);
    await first.kill();
    const second = await lives.spawn(often);
    await isLeftAlone(second, id);
    await write(await second.agent(id), '/more', 20);
    await untilStopped(second, id);
    await second.delete(id);
    await second.kill();
  });

  await t.test('a stop that was broken off is brought to its end', async () => {
    const first = await lives.spawn(often);
    // It takes the ten seconds that it has to end.
    const entrypoint = ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 1; done'];
    const { id } = await first.create({ ...limited, entrypoint });
    await write(await first.agent(id), '/large', 80);
    await until(async () => (await first.get(id)).status.reason === 'disk_exceeded', 'it is being stopped', 120_000);
    await first.kill();
    const second = await lives.spawn(often);
    await untilStopped(second, id);
    await isLeftAlone(second, id);
    await second.delete(id);
    await second.kill();
  });
});
