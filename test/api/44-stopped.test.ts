import assert from 'node:assert/strict';
import { containerOf } from '../support/containers.ts';
import { type AgentClient, pythonImage, startTestControl, type TestControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { settledSnapshot } from '../support/snapshots.ts';
import { until } from '../support/until.ts';
import { ensure, workspacePath } from '../support/workspaces.ts';

/** Stopped after a second. Writes down each of its starts, and says so. */
const stopping = {
  idle: { stopAfterSeconds: 1 },
  entrypoint: ['/bin/sh', '-c', 'echo started; echo start >> /starts; cd /bin && exec httpd -f -p 8000'],
};

/** Waits until the entrypoint has been started so often: it is let go when the agent answers, and takes its time. */
async function startedTimes(agent: AgentClient, times: number): Promise<void> {
  let lines = '';
  await until(async () => {
    lines = (await agent.run('cat /starts')).stdout;
    return lines.split('\n').filter((line) => line === 'start').length >= times;
  }, `it has started ${times} times`);
  assert.equal(lines.trim(), Array(times).fill('start').join('\n'));
}

const reasonOf = async (control: TestControl, id: string) => (await control.get(id)).status.reason;
const isStopped = async (control: TestControl, id: string) => (await reasonOf(control, id)) === 'idle_stopped';
const stopped = (control: TestControl, id: string) => until(() => isStopped(control, id), 'it is stopped');

engineTest(
  'a sandbox that nobody uses for longer is stopped, and is there again with its disk at any touch',
  async (t) => {
    const control = await startTestControl(t);
    const { id } = await control.create(stopping);
    const agent = await control.agent(id);
    const port = await control.port(id, 8000);
    assert.equal((await agent.run('echo kept > /kept; echo $PPID')).exitCode, 0);

    await t.test('nothing of it runs, and it says so', async () => {
      await stopped(control, id);
      const sandbox = await control.get(id);
      assert.deepEqual([sandbox.status.state, sandbox.tier], ['Paused', 'stopped']);
      const { State } = await containerOf(control.store, id).inspect();
      assert.deepEqual([State.Running, State.Paused], [false, false]);
    });

    await t.test(
      'any touch starts it again, once however many come: files are kept, the entrypoint ran anew',
      async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, () => agent.run('cat /kept')));
        assert.deepEqual(
          answers.map(({ stdout }) => stdout),
          Array(8).fill('kept'),
        );
        await startedTimes(agent, 2);
        assert.equal((await control.get(id)).tier, 'running');
      },
    );

    await t.test('by a port, whose link is the same, and by resume', async () => {
      await stopped(control, id);
      await until(async () => {
        const response = await fetch(`${port}/busybox`, { method: 'HEAD' });
        // The program behind the port may take a moment longer than the agent.
        return response.status === 200;
      }, 'the port answers');
      await stopped(control, id);
      assert.equal((await control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' })).status, 202);
      assert.equal((await control.get(id)).status.state, 'Running');
      assert.equal((await control.agent(id)).token, agent.token);
    });

    await t.test('what control does with it wakes it no more than a frozen one', async () => {
      await stopped(control, id);
      const policy = { defaultAction: 'deny', egress: [{ action: 'allow', target: 'example.org' }] };
      const changed = await control.fetch(`/v1/sandboxes/${id}/networkpolicy`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(policy),
      });
      assert.ok(changed.ok, await changed.text());
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      assert.equal((await control.post(`/v1/sandboxes/${id}/renew-expiration`, { expiresAt })).status, 200);
      assert.match(await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/logs`)).text(), /started/);
      assert.equal((await control.fetch(`/v1/sandboxes/${id}/diagnostics/summary`)).status, 200);
      assert.doesNotMatch(await (await control.fetch('/metrics')).text(), new RegExp(`sandbox="${id}"`));
      const snapshot = (await (await control.post(`/v1/sandboxes/${id}/snapshots`, {})).json()) as { id: string };
      assert.equal((await settledSnapshot(control, snapshot.id)).status.state, 'Ready');
      assert.equal(await isStopped(control, id), true);
      const copy = await control.create({ image: undefined, snapshotId: snapshot.id });
      assert.equal((await (await control.agent(copy.id)).run('cat /kept')).stdout, 'kept');
      for (const path of [`/v1/sandboxes/${copy.id}`, `/v1/snapshots/${snapshot.id}`]) {
        assert.equal((await control.fetch(path, { method: 'DELETE' })).status, 204);
      }
    });

    await t.test('a pause of it holds until somebody resumes it', async () => {
      await stopped(control, id);
      assert.equal((await control.fetch(`/v1/sandboxes/${id}/pause`, { method: 'POST' })).status, 202);
      await refused(await agent.fetch('/ping'), 'DOCKER::SANDBOX_NOT_RUNNING');
      assert.deepEqual([await reasonOf(control, id), (await control.get(id)).tier], ['container_paused', 'stopped']);
      assert.equal((await control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' })).status, 202);
      assert.equal((await agent.run('cat /kept')).stdout, 'kept');
    });

    await t.test('it is deleted as any other', async () => {
      await stopped(control, id);
      assert.equal((await control.delete(id)).status, 204);
    });
  },
);

engineTest('frozen first, then stopped, then ended: each in its time, a hardened one in a workspace too', async (t) => {
  const control = await startTestControl(t);
  const { sandbox } = await ensure(control, 'app:sinking', {
    image: { uri: pythonImage },
    idle: { freezeAfterSeconds: 1, stopAfterSeconds: 3 },
    extensions: { 'cubby.profile': 'hardened' },
  });
  const { id } = sandbox;
  const agent = await control.agent(id);
  assert.equal((await agent.run('echo kept > /workspace/kept')).exitCode, 0);
  await until(async () => (await control.get(id)).tier === 'frozen', 'it is frozen');
  await stopped(control, id);
  const path = workspacePath('app:sinking', '/proxy/44772/files/download?path=/workspace/kept');
  assert.equal(await (await control.fetch(path)).text(), 'kept\n');
  await stopped(control, id);
  assert.equal((await ensure(control, 'app:sinking')).sandbox.id, id);

  const { id: short } = await control.create({ idle: { stopAfterSeconds: 1, deleteAfterSeconds: 3 } });
  await until(async () => (await control.get(short)).status.state === 'Terminated', 'it has ended');
  assert.equal(await reasonOf(control, short), 'idle_expiry');
});

engineTest('a container whose files would lead its mounts elsewhere is not started again', async (t) => {
  const control = await startTestControl(t);
  // The agent can say nothing of its work any more: it is taken to be busy, and counts no longer than work does.
  const { id } = await control.create({ ...stopping, idle: { stopAfterSeconds: 8, backgroundSeconds: 8 } });
  // Past the agent, which loses its own files by it.
  const Cmd = ['/bin/sh', '-c', 'mv /.cubby /elsewhere && ln -s /elsewhere /.cubby'];
  const moving = await containerOf(control.store, id).exec({ Cmd });
  (await moving.start({ Detach: true })).destroy();
  await until(async () => (await moving.inspect()).ExitCode === 0, 'a link is there');
  await stopped(control, id);
  const { message } = await refused(
    await control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' }),
    'DOCKER::SANDBOX_RESUME_FAILED',
  );
  assert.match(message, /a link or a file at \/\.cubby/);
  assert.equal(await isStopped(control, id), true);
  assert.equal((await containerOf(control.store, id).inspect()).State.Running, false);
});

engineTest(
  'one that is stopped is found so by the next control, and what ended while it was frozen is stopped',
  async (t) => {
    const lives = controlLives(t);
    const first = await lives.open();
    const [sleeping, frozen, paused] = await Promise.all([
      first.create(stopping),
      first.create({ idle: { freezeAfterSeconds: 1 } }),
      first.create(),
    ]);
    for (const { id } of [frozen, paused]) {
      assert.equal((await (await first.agent(id)).run('echo kept > /kept')).exitCode, 0);
    }
    assert.equal((await first.fetch(`/v1/sandboxes/${paused.id}/pause`, { method: 'POST' })).status, 202);
    await stopped(first, sleeping.id);
    await until(async () => (await first.get(frozen.id)).tier === 'frozen', 'it is frozen');
    await first.control.close();
    // As an engine does that ends with the machine: it keeps what is stopped.
    for (const { id } of [frozen, paused]) await containerOf(lives.store, id).kill();
    // By hand, without rules: nothing of the user's may run there.
    await containerOf(lives.store, sleeping.id).start();

    const second = await lives.open();
    await until(
      async () => (await containerOf(lives.store, sleeping.id).inspect()).State.Running === false,
      'what somebody has started by hand is stopped again',
    );
    for (const { id } of [frozen, paused]) {
      await until(async () => (await second.get(id)).tier === 'stopped', 'it is known to be stopped');
      assert.equal((await second.get(id)).status.state, 'Paused');
    }
    await stopped(second, sleeping.id);
    await startedTimes(await second.agent(sleeping.id), 2);
    assert.equal((await (await second.agent(frozen.id)).run('cat /kept')).stdout, 'kept');
    await refused(await (await second.agent(paused.id)).fetch('/ping'), 'DOCKER::SANDBOX_NOT_RUNNING');
    assert.equal((await second.fetch(`/v1/sandboxes/${paused.id}/resume`, { method: 'POST' })).status, 202);
    assert.equal((await (await second.agent(paused.id)).run('cat /kept')).stdout, 'kept');
  },
);
