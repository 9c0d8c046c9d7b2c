import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type BreakableRelay, breakableRelay } from '../support/breakable-relay.ts';
import { type AgentClient, startTestControl, type TestControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { type McpWay, mcpClient, mcpWays, textIn } from '../support/mcp.ts';
import { until } from '../support/until.ts';
import { ensure } from '../support/workspaces.ts';

const [first, second] = mcpWays;

/** A workspace with a sandbox that runs. */
async function workspaceOf(control: TestControl, key: string) {
  const { sandbox } = await ensure(control, key);
  const agent = await control.agent(sandbox.id);
  return { agent };
}

/** A command that stays, with a child that left its session, and the word that all of it has in its command line. */
function tree() {
  const seconds = `${10_000 + Math.floor(Math.random() * 1e6)}`;
  return { seconds, command: `echo begun; setsid sleep ${seconds} & exec sleep ${seconds}` };
}

async function linesOf(agent: AgentClient, word: string): Promise<string[]> {
  const { stdout } = await agent.run('ps -o args');
  return stdout.split('\n').filter((line) => line.includes(word));
}

/** Both of the tree are there, under their last names. */
async function begun(agent: AgentClient, seconds: string): Promise<void> {
  const whole = async () => (await linesOf(agent, seconds)).filter((line) => line.trim() === `sleep ${seconds}`);
  await until(async () => (await whole()).length === 2, 'the command and its child run');
}

async function ended(agent: AgentClient, seconds: string): Promise<void> {
  await until(async () => (await linesOf(agent, seconds)).length === 0, 'nothing of the command is left');
}

test('who asks for progress is told how long a command has run, and what it has said last', async (t) => {
  const control = await startTestControl(t);
  for (const way of mcpWays) await t.test(`by ${way.name}`, (t) => progress(t, way, control));
});

async function progress(t: TestContext, way: McpWay, control: TestControl): Promise<void> {
  const { agent } = await workspaceOf(control, 'app:alice');
  await agent.run('rm -f /go');
  const client = await mcpClient(t, way, control, 'app:alice');
  const told: number[] = [];
  let isSaid = false;
  const onprogress = ({ progress, message }: { progress: number; message?: string }) => {
    assert.match(message ?? '', /^Run a shell command: \d+ s(?:: second ü)?$/);
    told.push(progress);
    if (message?.endsWith(': second ü')) isSaid = true;
    if (told.length >= 3 && isSaid) void agent.run('touch /go');
  };
  const command =
    'printf "first\\n\\033[31msecond ü\\033[0m\\n\\n" >&2; until [ -e /go ]; do sleep 0.1; done; echo "it went on"';
  const result = await client.call('runCommand', { command }, { onprogress });
  assert.equal(result.structuredContent?.stdout, 'it went on\n');
  assert.ok(told.length >= 3);
  assert.deepEqual(
    told,
    [...new Set(told)].sort((a, b) => a - b),
    'it only grows',
  );
}

test('a call that is cancelled is ended with all that it has started', async (t) => {
  const control = await startTestControl(t);
  const { agent } = await workspaceOf(control, 'app:alice');
  for (const way of mcpWays) {
    await t.test(`by ${way.name}`, async (t) => {
      const { seconds, command } = tree();
      const client = await mcpClient(t, way, control, 'app:alice');
      const cancelling = new AbortController();
      const call = client.call('runCommand', { command }, { signal: cancelling.signal });
      const refused = assert.rejects(call);
      await begun(agent, seconds);
      cancelling.abort();
      await refused;
      await ended(agent, seconds);
      assert.equal(textIn(await client.call('runCommand', { command: 'echo on' })), 'on\n[exit code 0]');
    });
  }
});

test('a call whose client has gone is ended with all that it has started', async (t) => {
  const control = await startTestControl(t, { 'sandbox.caller_grace_seconds': '1' });
  const { agent } = await workspaceOf(control, 'app:alice');
  for (const way of mcpWays) {
    await t.test(`by ${way.name}`, async (t) => {
      const { seconds, command } = tree();
      const relay = await breakableRelay(t, control.url);
      const client = await mcpClient(t, way, { ...control, url: relay.url }, 'app:alice');
      const call = client.call('runCommand', { command }).catch((error: unknown) => error);
      await begun(agent, seconds);
      await relay.breakForGood();
      await ended(agent, seconds);
      await client.close();
      await call;
    });
  }
});

test('what runs in the background goes on without its client, until it is ended by name', async (t) => {
  const control = await startTestControl(t);
  const { agent } = await workspaceOf(control, 'app:alice');
  const { seconds, command } = tree();
  const client = await second!.connect(control, 'app:alice');
  const { structuredContent } = await client.call('runCommand', { command, background: true });
  await begun(agent, seconds);
  await client.close();
  const other = await mcpClient(t, first!, control, 'app:alice');
  const { commandId } = structuredContent as { commandId: string };
  const output = await other.call('getCommandOutput', { commandId, timeout: 60_000 });
  assert.equal(textIn(output), 'begun\n[it runs still]');
  await begun(agent, seconds);
  assert.ok(!(await other.call('killCommand', { commandId })).isError);
  await ended(agent, seconds);
});

test('a client of 2025 whose connection breaks comes back to its call, and is given the answer', async (t) => {
  const control = await startTestControl(t, { 'sandbox.caller_grace_seconds': '120' });
  const { agent } = await workspaceOf(control, 'app:alice');
  const relay = await breakableRelay(t, control.url);
  const client = await mcpClient(t, first!, { ...control, url: relay.url }, 'app:alice');
  const call = client.call('runCommand', {
    command: 'touch /begun; until [ -e /go ]; do sleep 0.1; done; echo once >> /log; cat /log',
  });
  await until(async () => (await agent.run('test -e /begun')).exitCode === 0, 'the command runs');
  await broken(relay);
  await agent.run('touch /go');
  assert.equal(textIn(await call), 'once\n[exit code 0]');
});

test('a client of 2026 whose connection breaks is told that the answer is lost', async (t) => {
  const control = await startTestControl(t);
  const { agent } = await workspaceOf(control, 'app:alice');
  const { seconds, command } = tree();
  const relay = await breakableRelay(t, control.url);
  const client = await mcpClient(t, second!, { ...control, url: relay.url }, 'app:alice');
  const call = client.call('runCommand', { command });
  await begun(agent, seconds);
  relay.breakAll();
  const told = await call;
  assert.ok(told.isError);
  assert.match(textIn(told), /connection was lost/);
  await ended(agent, seconds);
  assert.equal(textIn(await client.call('runCommand', { command: 'echo on' })), 'on\n[exit code 0]');
});

/** Breaks all connections, and waits for the client to come back. */
async function broken(relay: BreakableRelay): Promise<void> {
  const before = relay.connections;
  relay.breakAll();
  await until(() => relay.connections > before, 'the client comes back');
}

test('who called by standard input and output is told when the server behind it has gone', async (t) => {
  const control = await startTestControl(t);
  const { agent } = await workspaceOf(control, 'app:alice');
  for (const way of mcpWays.slice(2)) {
    await t.test(`by ${way.name}`, async (t) => {
      const { seconds, command } = tree();
      const relay = await breakableRelay(t, control.url);
      const client = await mcpClient(t, way, { ...control, url: relay.url }, 'app:alice');
      const call = client.call('runCommand', { command });
      await begun(agent, seconds);
      await relay.breakForGood();
      const told = await call;
      assert.ok(told.isError);
      assert.match(textIn(told), /did not answer this call, which may have been made: .*connection was lost/);
      await ended(agent, seconds);
    });
  }
});

test('a client of 2025 that comes back to a server that was started anew is told that the answer is lost', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { agent } = await workspaceOf(control, 'app:alice');
  const relay = await breakableRelay(t, control.url);
  const client = await mcpClient(t, first!, { ...control, url: relay.url }, 'app:alice');
  const { seconds, command } = tree();
  const call = client.call('runCommand', { command });
  await begun(agent, seconds);
  // The client tries twice and not for long: it is to find the new server, however long that takes to start.
  relay.hold();
  await control.control.close();
  const again = await lives.open();
  relay.leadTo(again.url);
  const told = await call;
  assert.ok(told.isError);
  assert.match(textIn(told), /connection was lost/);
  assert.equal(textIn(await client.call('runCommand', { command: 'echo on' })), 'on\n[exit code 0]');
  const { agent: same } = await workspaceOf(again, 'app:alice');
  await ended(same, seconds);
});
