import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { agentPid, containerOf } from '../../support/containers.ts';
import { startTestControl } from '../../support/control.ts';
import { controlLives } from '../../support/control-lives.ts';
import { engineSocket, engineTest } from '../../support/engine.ts';
import { refused } from '../../support/refused.ts';
import { until } from '../../support/until.ts';

engineTest('a link that the sandbox plants at the place of its agent’s socket leads nowhere', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const [thief, victim] = await Promise.all([first.create(), first.create()]);
  const mounts = (await containerOf(lives.store, victim.id).inspect()).Mounts;
  const victims = mounts.find(({ Destination }) => Destination === '/.cubby/run')!.Source;
  await first.control.close();

  for (const [what, target] of [
    ['the engine’s socket', engineSocket],
    ['a sibling’s socket', `${victims}/agent.sock`],
    ['control’s own port', '/proc/self/net/tcp'],
  ] as const) {
    await t.test(`to ${what}`, async () => {
      // Through a new control each time: a connection that was open before leads to the agent still.
      const control = await lives.open();
      const agent = await control.agent(thief.id);
      const { exitCode } = await agent.run(`cd /.cubby/run && ln -s ${target} new && mv -f new agent.sock`);
      await control.control.close();
      assert.equal(exitCode, 0);

      const next = await lives.open();
      const client = await next.agent(thief.id);
      for (const path of ['/containers/json', '/_ping', '/ping']) {
        const { message } = await refused(await client.fetch(path), 'AGENT_UNREACHABLE');
        assert.doesNotMatch(message, /docker/i);
      }
      assert.equal((await (await next.agent(victim.id)).fetch('/ping')).status, 200);
      // The agent makes its socket anew when it starts, so there is a next round.
      process.kill(await agentPid(lives.store, thief.id), 'SIGKILL');
      await until(async () => (await client.fetch('/ping')).status === 200, 'the agent is back');
      await next.control.close();
    });
  }

  await t.test('and such a sandbox is deleted as any other', async () => {
    const control = await lives.open();
    await (await control.agent(thief.id)).run(`cd /.cubby/run && ln -sf ${engineSocket} agent.sock`).catch(() => {});
    assert.equal((await control.delete(thief.id)).status, 204);
  });
});

engineTest('an agent that was killed is back at once, and meanwhile callers are told', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create();
  const agent = await control.agent(id);
  assert.equal((await agent.fetch('/ping')).status, 200);
  for (let round = 1; round <= 3; round += 1) {
    const killed = await agentPid(control.store, id);
    process.kill(killed, 'SIGKILL');
    const start = performance.now();
    let status = 0;
    await until(async () => {
      const response = await agent.fetch('/ping');
      status = response.status;
      if (status !== 200) await refused(response, 'AGENT_UNREACHABLE');
      return status === 200 && (await agentPid(control.store, id)) !== killed;
    }, 'the agent answers again');
    t.diagnostic(`back after ${(performance.now() - start).toFixed(0)} ms`);
    assert.equal((await agent.run('echo works')).stdout, 'works');
  }
});

engineTest('requests to a sandbox that is just ending are answered, one way or the other', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create();
  const agent = await control.agent(id);
  const deleted = control.delete(id);
  const statuses = new Set<number>();
  const asking = (async () => {
    for (let asked = 0; asked < 400; asked += 1) {
      const path = asked % 2 === 0 ? '/ping' : '/command/status/none';
      // A connection may break off in the middle of an answer: the sandbox was ended there and then.
      const response = await agent.fetch(path).catch(() => undefined);
      if (!response) continue;
      const text = await response.text().catch(() => '{"code":"","message":""}');
      statuses.add(response.status);
      if (response.status >= 400)
        assert.deepEqual(Object.keys(JSON.parse(text)).slice(0, 2), ['code', 'message'], text);
      if (response.status === 404 && text.includes('SANDBOX_NOT_FOUND')) return;
      await delay(1);
    }
  })();
  assert.equal((await deleted).status, 204);
  await asking;
  for (const status of statuses) assert.ok([200, 404, 409, 502].includes(status), String(status));
  await refused(await agent.fetch('/ping'), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
});
