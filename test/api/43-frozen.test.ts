import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { createTerminal, TerminalClient } from '../agent/terminals/terminal-client.ts';
import { streamEvents } from '../support/agent.ts';
import { containerOf } from '../support/containers.ts';
import { startTestControl, type TestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';
import { ensure, workspacePath } from '../support/workspaces.ts';

/** What happened to a sandbox, and when. */
async function eventsOf(control: TestControl, id: string): Promise<{ at: number; text: string }[]> {
  const text = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/events`)).text();
  return text.split('\n').map((line) => ({ at: Date.parse(line.split(' ')[0]!), text: line }));
}

/** Frozen after a second, and work that nobody looks at counts for a minute. */
const idle = { freezeAfterSeconds: 1, backgroundSeconds: 60 };

const reasonOf = async (control: TestControl, id: string) => (await control.get(id)).status.reason;
const isFrozen = async (control: TestControl, id: string) => (await reasonOf(control, id)) === 'idle_frozen';
const frozen = (control: TestControl, id: string) => until(() => isFrozen(control, id), 'it is frozen');
const isPaused = async (control: TestControl, id: string) =>
  (await containerOf(control.store, id).inspect()).State.Paused;

engineTest('a sandbox that nobody uses is frozen, and wakes at any touch', async (t) => {
  const control = await startTestControl(t);
  const { id, tier } = await control.create({
    idle,
    entrypoint: ['/bin/sh', '-c', 'cd /bin && exec httpd -f -p 8000'],
  });
  assert.equal(tier, 'running');
  const agent = await control.agent(id);
  const port = await control.port(id, 8000);
  await until(async () => (await fetch(`${port}/busybox`, { method: 'HEAD' })).ok, 'the program listens');

  await t.test('it says what it is and why', async () => {
    await frozen(control, id);
    const sandbox = await control.get(id);
    assert.deepEqual([sandbox.status.state, sandbox.tier], ['Paused', 'frozen']);
    assert.equal(await isPaused(control, id), true);
  });

  await t.test('a call of its agent, of a port, and resume wake it', async () => {
    for (const touch of [
      () => agent.fetch('/ping'),
      () => fetch(`${port}/busybox`, { method: 'HEAD' }),
      () => control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' }),
      () => agent.post('/command', { command: 'true' }),
    ]) {
      await frozen(control, id);
      const response = await touch();
      assert.ok(response.ok, `${response.status}`);
      await response.text();
    }
    await frozen(control, id);
  });

  await t.test('however many touch it at once wake it once, and all are answered', async () => {
    const { id } = await control.create({ idle: { freezeAfterSeconds: 5 } });
    await frozen(control, id);
    const agent = await control.agent(id);
    const said = async () => (await agent.run('echo here')).stdout;
    assert.deepEqual(await Promise.all(Array.from({ length: 20 }, said)), Array(20).fill('here'));
    assert.equal((await eventsOf(control, id)).filter(({ text }) => text.includes('waking')).length, 1);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('a look at it by control wakes nothing: its state, its logs, its metrics, its endpoints', async () => {
    await frozen(control, id);
    for (const path of ['', '/endpoints/44772', '/diagnostics/summary', '/diagnostics/logs']) {
      assert.equal((await control.fetch(`/v1/sandboxes/${id}${path}`)).status, 200);
    }
    assert.match(await (await control.fetch('/metrics')).text(), new RegExp(`sandbox="${id}"`));
    // Who may not enter is nobody's touch.
    await refused(await fetch(`http://${agent.endpoint}/ping`), 'INVALID_ACCESS_TOKEN', 'x-execd-access-token');
    assert.equal(await isFrozen(control, id), true);
    assert.equal(await isPaused(control, id), true);
  });

  await t.test(
    'a terminal that is open and silent does not keep it awake, stays open, and wakes it by a key',
    async (t) => {
      const address = { url: `http://${agent.endpoint}`, config: { token: agent.token } };
      const client = await TerminalClient.open(t, address, await createTerminal(address));
      client.type('echo be""gun\n');
      await client.sees('begun');
      await frozen(control, id);
      assert.equal(client.closed, undefined);
      client.type('echo wo""ken\n');
      await client.sees('woken');
      assert.equal(client.closed, undefined);
      // Asking whether the other side is there says nothing.
      await frozen(control, id);
      client.socket.ping();
      assert.equal(await isFrozen(control, id), true);
      client.socket.terminate();
    },
  );

  await t.test('a WebSocket that is being opened wakes it', async () => {
    const address = { url: `http://${agent.endpoint}`, config: { token: agent.token } };
    const terminal = await createTerminal(address);
    await frozen(control, id);
    const headers = { 'x-execd-access-token': agent.token };
    const socket = new WebSocket(`ws://${agent.endpoint}/pty/${terminal}/ws`, { headers });
    await once(socket, 'open');
    socket.terminate();
    assert.equal((await agent.fetch(`/pty/${terminal}`, { method: 'DELETE' })).status, 200);
  });

  await t.test('metrics tell how many sleep, how often they fell asleep, and how often they were woken', async () => {
    await frozen(control, id);
    const metrics = await (await control.fetch('/metrics')).text();
    assert.match(metrics, /^cubby_sandboxes_by_tier\{tier="frozen"\} 1$/m);
    const times = (change: string) =>
      Number(
        new RegExp(`^cubby_tier_changes_total\\{change="${change}",tier="frozen"\\} (\\d+)`, 'm').exec(metrics)?.[1],
      );
    assert.ok(times('woken') >= 5);
    assert.equal(times('sunk'), times('woken') + 1);
    assert.match(metrics, /^cubby_tier_changes_total\{change="woken",tier="stopped"\} 0$/m);
  });

  await t.test('what somebody pauses stays paused until somebody resumes it, frozen before or not', async () => {
    await frozen(control, id);
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/pause`, { method: 'POST' })).status, 202);
    assert.equal(await reasonOf(control, id), 'container_paused');
    await refused(await agent.fetch('/ping'), 'DOCKER::SANDBOX_NOT_RUNNING');
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' })).status, 202);
    assert.equal((await agent.fetch('/ping')).status, 200);
  });
});

engineTest('what is at work keeps a sandbox awake: requests, commands, terminals', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ idle: { ...idle, freezeAfterSeconds: 3 } });
  const agent = await control.agent(id);

  await t.test('a request that is answered late, and a command that says nothing', async () => {
    const seen: number[] = [];
    const response = await agent.post('/command', { command: 'echo begun; sleep 7; echo done' });
    for await (const { text } of streamEvents(response)) if (text) seen.push(Date.now());
    const [begun = 0, done = 0] = seen;
    const during = (await eventsOf(control, id)).filter(({ at }) => at > begun && at < done);
    assert.deepEqual(during, []);
  });

  await t.test('a command in the background, until it ends', async () => {
    const command = await agent.background('sleep 7; echo slept > /slept');
    await frozen(control, id);
    assert.equal((await agent.run('cat /slept')).stdout, 'slept', 'it was not frozen before its end');
    assert.equal((await agent.fetch(`/command/status/${command}`)).status, 200);
  });

  await t.test('a program in a terminal, until it ends', async (t) => {
    const address = { url: `http://${agent.endpoint}`, config: { token: agent.token } };
    const client = await TerminalClient.open(t, address, await createTerminal(address));
    client.type('echo be""gun; sleep 7; touch /over\n');
    await client.sees('begun');
    await frozen(control, id);
    assert.equal((await agent.run('ls /over')).stdout, '/over');
    client.socket.terminate();
  });

  await t.test('but not for longer than work counts that nobody looks at', async () => {
    const other = await control.create({ idle: { freezeAfterSeconds: 1, backgroundSeconds: 3 } });
    await (await control.agent(other.id)).background('sleep 100000');
    await frozen(control, other.id);
    assert.equal((await (await control.agent(other.id)).run('echo back')).stdout, 'back');
  });
});

engineTest('idleness by the configuration, by a request, by neither; and ends', async (t) => {
  const control = await startTestControl(t, { 'idle.freeze_after_seconds': '1' });
  const [usual, never] = await Promise.all([control.create(), control.create({ idle: { freezeAfterSeconds: 0 } })]);
  await frozen(control, usual.id);
  assert.equal((await control.get(never.id)).status.state, 'Running');

  for (const [field, value] of [
    ['freezeAfterSeconds', -1],
    ['stopAfterSeconds', 1.5],
    ['deleteAfterSeconds', 1e12],
  ] as const) {
    const response = await control.post('/v1/sandboxes', createRequest({ idle: { [field]: value } }));
    await refused(response, 'INVALID_REQUEST_BODY', `idle.${field}`);
  }

  const { id } = await control.create({ idle: { freezeAfterSeconds: 1, deleteAfterSeconds: 2 } });
  await until(async () => (await control.get(id)).status.state === 'Terminated', 'it has ended');
  assert.equal(await reasonOf(control, id), 'idle_expiry');

  const { sandbox } = await ensure(control, 'app:idle', { idle: { freezeAfterSeconds: 1 } });
  await frozen(control, sandbox.id);
  assert.equal((await control.fetch(workspacePath('app:idle', '/proxy/44772/ping'))).status, 200);
  await frozen(control, sandbox.id);
  assert.equal((await ensure(control, 'app:idle')).sandbox.id, sandbox.id);
  assert.equal((await control.delete(usual.id)).status, 204, 'a frozen one is deleted as any other');
});

engineTest('one that is asleep when control ends wakes at a touch of the next', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const { id } = await first.create({ idle });
  await frozen(first, id);
  await first.control.close();
  const second = await lives.open();
  assert.equal(await reasonOf(second, id), 'idle_frozen');
  assert.equal((await (await second.agent(id)).run('echo back')).stdout, 'back');
  await frozen(second, id);
  // Whoever unpauses it by hand has woken it.
  await containerOf(second.store, id).unpause();
  await until(async () => (await second.get(id)).tier === 'running', 'it runs');
  await frozen(second, id);
});
