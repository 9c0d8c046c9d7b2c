import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildProgram } from '../agent/init/binary.ts';
import { readEvents, streamEvents } from '../support/agent.ts';
import { initPid } from '../support/containers.ts';
import { type AgentClient, startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { descendants, withTheEnded } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** Puts the program of `test/programs/nasty.c` into a sandbox, as text in parts that each fit into a command. */
async function giveNasty(agent: AgentClient): Promise<void> {
  const parts = readFileSync(buildProgram('nasty.c'))
    .toString('base64')
    .match(/.{1,500000}/g)!;
  for (const part of parts) await agent.run(`printf %s '${part}' >>/nasty.base64`);
  const { exitCode } = await agent.run('base64 -d /nasty.base64 >/nasty && chmod 755 /nasty');
  assert.equal(exitCode, 0);
}

engineTest('a tree of children that escape is ended 100 times, with nothing left of it', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ resourceLimits: { memory: '512Mi', cpu: '2' } });
  const agent = await control.agent(id);
  await giveNasty(agent);
  const init = await initPid(control.store, id);
  const left = () => descendants(init).filter(({ command }) => command.startsWith('/nasty'));

  const endNasty = async (kinds: string, how: 'interrupt' | 'timeout') => {
    const response = await agent.post('/command', {
      command: `exec /nasty ${kinds}`,
      ...(how === 'timeout' && { timeout: 1000 }),
    });
    let command = '';
    for await (const event of streamEvents(response)) {
      if (event.type === 'init') command = event.text!;
      if (event.type === 'stdout' && how === 'interrupt') {
        assert.ok(left().length > 6);
        assert.equal((await agent.fetch(`/command?id=${command}`, { method: 'DELETE' })).status, 200);
      }
      if (event.type === 'error') assert.equal(event.error!.evalue, '-1');
    }
    const status = (await (await agent.fetch(`/command/status/${command}`)).json()) as { reason: string };
    assert.equal(status.reason, how === 'timeout' ? 'timeout' : 'killed');
  };
  const kinds = 'session orphan deaf secret headless stopped';
  for (let batch = 0; batch < 4; batch += 1) {
    const hopping = Array.from({ length: 2 }, () => endNasty(`${kinds} hopper`, 'timeout'));
    const others = Array.from({ length: 23 }, (_, i) => endNasty(kinds, i % 2 === 0 ? 'interrupt' : 'timeout'));
    await Promise.all([...hopping, ...others]);
    assert.deepEqual(left(), [], `after ${25 * (batch + 1)}`);
  }
});

engineTest('a command that takes all memory is ended and told of; the sandbox and its agent go on', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ resourceLimits: { memory: '128Mi', cpu: '1' } });
  const agent = await control.agent(id);
  // A file that is all zeros has no line end: tail keeps it in memory.
  const hog = await agent.run('tail /dev/zero; echo "ended with $?"');
  assert.equal(hog.stdout, 'ended with 137');
  const alone = await agent.run('exec tail /dev/zero');
  assert.equal(alone.exitCode, -1);
  assert.match(alone.events.at(-1)!.error!.traceback.join(), /killed/);
  assert.equal((await control.get(id)).status.state, 'Running');
  assert.equal((await agent.run('echo fine')).stdout, 'fine');
  const metrics = (await (await agent.fetch('/metrics')).json()) as { oom_kills?: number };
  assert.ok(metrics.oom_kills === undefined || metrics.oom_kills >= 2, JSON.stringify(metrics));
});

engineTest(
  'many small commands that take all memory together are ended before the agent, which is bigger than each',
  async (t) => {
    const control = await startTestControl(t);
    const { id } = await control.create({ resourceLimits: { memory: '128Mi', cpu: '1' } });
    const agent = await control.agent(id);
    const agents = async () =>
      descendants(await initPid(control.store, id)).filter(({ command }) => command.includes('/agent.cjs'));
    const [before] = await agents();
    assert.ok(before);
    const small = 'x=$(head -c 1500000 /dev/zero | tr "\\0" x); echo $$; sleep 600';
    const crowd = await agent.background(`for i in $(seq 100); do sh -c '${small}' & done; wait`);
    const kills = async () =>
      ((await (await agent.fetch('/metrics')).json()) as { oom_kills?: number }).oom_kills ?? Number.NaN;
    await until(async () => !((await kills()) < 10), 'ten have been ended', 60_000);
    assert.deepEqual(
      (await agents()).map(({ pid }) => pid),
      [before.pid],
    );
    assert.equal((await agent.fetch(`/command?id=${crowd}`, { method: 'DELETE' })).status, 200);
    assert.equal((await agent.run('echo fine')).stdout, 'fine');
  },
);

engineTest('a fork bomb is held within the sandbox’s processes; the agent answers and can end it', async (t) => {
  const control = await startTestControl(t, { 'sandbox.pids': '64' });
  // What each fork that fails held of the kernel's memory is given back late, and counts until then: with little memory a bomb
  // now and then runs out of that first, and is ended for it.
  const { id } = await control.create({ resourceLimits: { memory: '1Gi', cpu: '1' } });
  const agent = await control.agent(id);
  await giveNasty(agent);
  const bomb = await agent.background('exec /nasty bomb');
  const init = await initPid(control.store, id);
  await until(() => withTheEnded(init).length > 40, 'it has gone off');
  await until(async () => (await agent.fetch('/ping')).status === 200, 'the agent answers');
  const status = async () => (await (await agent.fetch(`/command/status/${bomb}`)).json()) as { running: boolean };
  const going = await status();
  assert.equal(going.running, true, JSON.stringify(going));
  assert.ok(descendants(init).length <= 64);
  assert.equal((await agent.fetch(`/command?id=${bomb}`, { method: 'DELETE' })).status, 200);
  assert.equal((await status()).running, false);
  const again = await agent.post('/command', { command: 'echo works' });
  const events = await readEvents(again);
  assert.equal(events.find(({ type }) => type === 'stdout')?.text, 'works');
});
