import assert from 'node:assert/strict';
import { collect, type NumberedEvent, streamEvents } from '../support/agent.ts';
import { containerOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { beginSnapshot, getSnapshot, makeSnapshot, restore, settledSnapshot } from '../support/snapshots.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

/** Says a number every hundredth of a second, and writes it down twice: the two can only differ while it is at it. */
const counting = 'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i >>/a; echo $i >>/b; echo $i; sleep 0.01; done';
const numbers = Array.from({ length: 300 }, (_, i) => i + 1).join('\n');

engineTest('a sandbox is frozen while its files are copied, which is no pause and ends nothing', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create();
  const agent = await control.agent(id);

  await t.test('a stream goes on with nothing lost, and the state says Running all the time', async () => {
    const response = await agent.post('/command', { command: counting });
    const events: NumberedEvent[] = [];
    const states = new Set<string>();
    let taken: ReturnType<typeof makeSnapshot> | undefined;
    for await (const event of streamEvents(response)) {
      events.push(event);
      states.add((await control.get(id)).status.state);
      if (event.text === '50') taken = makeSnapshot(control, id);
    }
    assert.equal(collect(events).stdout, numbers);
    assert.deepEqual([...states], ['Running']);
    const snapshot = await taken!;
    const restored = await restore(control, snapshot.id);
    const { stdout } = await (await control.agent(restored.id)).run('tail -n 1 /a; tail -n 1 /b');
    const [a, b] = stdout.split('\n').map(Number);
    assert.ok(a! - b! === 0 || a! - b! === 1, `${a} and ${b} were written at one time`);
  });

  await t.test('a paused sandbox is copied as well, and stays paused', async () => {
    await agent.run('echo paused >/state');
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/pause`, { method: 'POST' })).status, 202);
    const snapshot = await makeSnapshot(control, id);
    assert.equal((await control.get(id)).status.state, 'Paused');
    assert.equal((await containerOf(control.store, id).inspect()).State.Paused, true);
    const restored = await restore(control, snapshot.id);
    assert.equal((await (await control.agent(restored.id)).run('cat /state')).stdout, 'paused');
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' })).status, 202);
    assert.equal((await agent.run('echo back')).stdout, 'back');
  });
});

engineTest('what is asked for while a snapshot is made waits, or ends it clearly', async (t) => {
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({ 'docker.socket': engine.socket, 'snapshot.at_once': '1' });
  const { id } = await control.create();
  const agent = await control.agent(id);
  const paused = async () => (await containerOf(control.store, id).inspect()).State.Paused;

  await t.test('a pause comes after it, and is one then', async () => {
    engine.hold(/^POST \/commit/);
    const snapshot = await beginSnapshot(control, id);
    await until(() => engine.held > 0, 'the engine is to copy');
    assert.equal(await paused(), true);
    assert.equal((await control.get(id)).status.state, 'Running');
    const pause = control.fetch(`/v1/sandboxes/${id}/pause`, { method: 'POST' });
    const again = await beginSnapshot(control, id);
    engine.release();
    assert.equal((await pause).status, 202);
    assert.equal((await settledSnapshot(control, snapshot.id)).status.state, 'Ready');
    assert.equal((await settledSnapshot(control, again.id)).status.state, 'Ready');
    assert.equal((await control.get(id)).status.state, 'Paused');
    assert.equal(await paused(), true);
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' })).status, 202);
    assert.equal((await agent.run('echo back')).stdout, 'back');
  });

  await t.test('a few are made at once, the others wait', async () => {
    engine.hold(/^POST \/commit/);
    const other = await control.create();
    const [first, second] = [await beginSnapshot(control, id), await beginSnapshot(control, other.id)];
    await until(() => engine.held > 0, 'the engine is to copy');
    assert.equal((await containerOf(control.store, other.id).inspect()).State.Paused, false, 'it is not its turn');
    engine.release();
    for (const one of [first, second]) assert.equal((await settledSnapshot(control, one.id)).status.state, 'Ready');
  });

  await t.test('deleting the sandbox doesn’t wait', async () => {
    engine.hold(/^POST \/commit/);
    const snapshot = await beginSnapshot(control, id);
    await until(() => engine.held > 0, 'the engine is to copy');
    assert.equal((await control.delete(id)).status, 204);
    assert.equal((await getSnapshot(control, snapshot.id)).status.state, 'Creating');
    engine.release();
    const { status } = await settledSnapshot(control, snapshot.id);
    assert.deepEqual([status.state, status.reason], ['Failed', 'source_ended']);
    assert.match(status.message, /^The sandbox ended before all its files were copied: .*No such container/);
  });
});
