import assert from 'node:assert/strict';
import { containersOf } from '../support/containers.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

engineTest(
  'control that is told to stop finishes the creates it has begun, breaks streams off, and ends',
  async (t) => {
    const lives = controlLives(t);
    const control = await lives.spawn();
    const { id } = await control.create();
    const agent = await control.agent(id);
    const stream = await agent.post('/command', { command: 'echo begun; sleep 1000' });
    const streamed = stream.text().catch(() => 'broken off');
    const creating = control.post('/v1/sandboxes', createRequest());
    await until(async () => (await containersOf(lives.store)).length === 2, 'the second container is there');
    const end = control.stop();
    assert.equal((await creating).status, 202);
    assert.deepEqual(await end, { code: 0, signal: null });
    assert.doesNotMatch(await streamed, /execution_complete/);

    const next = await lives.open();
    const { items } = (await (await next.fetch('/v1/sandboxes')).json()) as { items: { status: { state: string } }[] };
    assert.deepEqual(
      items.map(({ status }) => status.state),
      ['Running', 'Running'],
    );
  },
);

engineTest('control whose port is taken says so and ends, and leaves the sandboxes of the other alone', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { id } = await control.create();
  const { port } = new URL(control.url);
  const elsewhere = controlLives(t);
  await assert.rejects(elsewhere.spawn({ 'server.port': port }), /ended with 1.*another program listens on/s);
  assert.equal((await (await control.agent(id)).fetch('/ping')).status, 200);
});
