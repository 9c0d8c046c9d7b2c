import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import { containerOf, volumesOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { snapshotRow, withSnapshots } from '../support/rows.ts';
import {
  beginSnapshot,
  deleteSnapshot,
  getSnapshot,
  makeSnapshot,
  restore,
  settledSnapshot,
} from '../support/snapshots.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

const engine = new Docker();
const hardened = { extensions: { 'cubby.profile': 'hardened' } };

/** What of a store's images and helper containers is on the engine, apart from whole snapshots. */
async function drafts(store: string): Promise<string[]> {
  const images = await engine.listImages({ all: true, filters: { label: [`cubby.store=${store}`] } });
  const helpers = await engine.listContainers({ all: true, filters: { label: [`cubby.helper=${store}`] } });
  return [...images.filter(({ Labels }) => Labels['cubby.draft']), ...helpers].map(({ Id }) => Id);
}

engineTest('a sandbox that holds too much, or pretends to, is not copied, and nothing is left of it', async (t) => {
  const control = await startTestControl(t, { 'snapshot.max_size': '4Mi' });
  for (const [request, path] of [
    [{}, '/hole'],
    [hardened, '/workspace/hole'],
  ] as const) {
    const { id } = await control.create(request);
    const agent = await control.agent(id);
    assert.equal((await agent.run(`truncate -s 100G ${path}`)).exitCode, 0);
    const { status } = await settledSnapshot(control, (await beginSnapshot(control, id)).id);
    assert.deepEqual([status.state, status.reason], ['Failed', 'snapshot_capture_failed']);
    assert.match(status.message, /holds more than snapshot.max_size allows/);
    assert.deepEqual(await drafts(control.store), []);
    assert.equal((await agent.run('echo unharmed')).stdout, 'unharmed');
    await agent.run(`rm ${path}`);
    await makeSnapshot(control, id);
  }
});

engineTest('a sandbox whose container vanishes before its turn, or in the middle, is told of', async (t) => {
  const held = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({ 'docker.socket': held.socket });
  for (const [request, call] of [
    [{}, /^GET \/containers\/\w+\/json\?size/],
    [{}, /^POST \/commit/],
    [hardened, /^GET \/containers\/\w+\/archive/],
  ] as const) {
    const { id } = await control.create(request);
    held.hold(call);
    const snapshot = await beginSnapshot(control, id);
    await until(() => held.held > 0, 'the engine is asked');
    await containerOf(control.store, id).remove({ force: true, v: true });
    held.release();
    const { status } = await settledSnapshot(control, snapshot.id);
    // What lies on a volume is still whole: it was being read.
    if (request === hardened) assert.equal(status.state, 'Ready', status.message);
    else assert.match(status.message, /No such container/i);
    await until(async () => (await control.get(id)).status.state === 'Failed', 'the sandbox is known to be gone');
    assert.deepEqual(await drafts(lives.store), []);
  }
  await until(async () => (await volumesOf(lives.store)) === 0, 'no volume is left');
});

engineTest('an engine that hangs in the middle of a snapshot fails it, and the sandbox goes on', async (t) => {
  const held = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({ 'docker.socket': held.socket, 'docker.api_timeout_seconds': '5' });
  const { id } = await control.create();
  held.stall(/\/pause/);
  const first = await settledSnapshot(control, (await beginSnapshot(control, id)).id);
  assert.deepEqual([first.status.state, first.status.reason], ['Failed', 'snapshot_capture_failed']);
  assert.match(first.status.message, /could not pause the container within 5000 ms/);
  held.resume();
  // What was made while it did not answer any more is found, and goes.
  held.stall(/\/images\/sha256/);
  const second = await settledSnapshot(control, (await beginSnapshot(control, id)).id);
  assert.equal(second.status.state, 'Failed');
  held.resume();
  await until(async () => (await drafts(lives.store)).length === 0, 'the drafts are gone');
  const agent = await control.agent(id);
  assert.equal((await agent.run('echo goes on')).stdout, 'goes on');
  assert.equal((await control.get(id)).status.state, 'Running');
  await makeSnapshot(control, id);
});

engineTest(
  'an engine that freezes a sandbox when nobody waits for it any more leaves it running all the same',
  async (t) => {
    const held = await stallingEngine(t);
    const lives = controlLives(t);
    const control = await lives.open({ 'docker.socket': held.socket, 'docker.api_timeout_seconds': '5' });
    const { id } = await control.create();
    held.hold(/\/pause/);
    const { status } = await settledSnapshot(control, (await beginSnapshot(control, id)).id);
    assert.match(status.message, /could not pause the container within 5000 ms/);
    const container = containerOf(lives.store, id);
    const events = await engine.getEvents({
      filters: { container: [(await container.inspect()).Id], event: ['unpause'] },
    });
    const unpaused = once(events, 'data');
    held.release();
    await unpaused;
    (events as Readable).destroy();
    assert.equal((await control.get(id)).status.state, 'Running');
    const agent = await control.agent(id);
    assert.equal((await agent.run('echo goes on')).stdout, 'goes on');
  },
);

engineTest('a deletion that the engine does not answer is said to be under way, and is finished', async (t) => {
  const held = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({ 'docker.socket': held.socket, 'docker.api_timeout_seconds': '5' });
  const { id } = await makeSnapshot(control, (await control.create()).id);
  held.stall(/^GET \/containers\/json/);
  await refused(await deleteSnapshot(control, id), 'ENGINE_TIMEOUT');
  assert.equal((await getSnapshot(control, id)).status.state, 'Deleting');
  const create = await control.post('/v1/sandboxes', { ...createRequest({ image: undefined }), snapshotId: id });
  await refused(create, 'SNAPSHOT::NOT_READY');
  held.resume();
  await until(async () => (await control.fetch(`/v1/snapshots/${id}`)).status === 404, 'it is gone');
});

engineTest('what somebody else does to the images of snapshots is noticed, and the truth is told', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const { id: sandboxId } = await first.create();
  const [gone, used, kept] = [
    await makeSnapshot(first, sandboxId),
    await makeSnapshot(first, sandboxId),
    await makeSnapshot(first, sandboxId),
  ];
  await engine.getImage(`cubby-snapshots:${gone.id}`).remove();
  const create = await first.post('/v1/sandboxes', { ...createRequest({ image: undefined }), snapshotId: gone.id });
  await refused(create, 'SNAPSHOT::INVALID_RESTORE_CONFIG');
  // A container that control knows nothing of holds one of them fast.
  const stranger = await engine.createContainer({ Image: `cubby-snapshots:${used.id}` });
  await refused(await deleteSnapshot(first, used.id), 'SNAPSHOT::DELETE_CONFLICT');
  assert.equal((await getSnapshot(first, used.id)).status.state, 'Ready');
  await stranger.remove();
  await first.control.close();

  // What an earlier life has left, and what lost its row; and what an administrator gave a name is his.
  withSnapshots(lives.state, (store) => store.remove(kept.id));
  await engine.getImage(`cubby-snapshots:${used.id}`).tag({ repo: 'cubby-kept', tag: lives.store });
  const again = await lives.open();
  const { status } = await getSnapshot(again, gone.id);
  assert.deepEqual([status.state, status.reason], ['Failed', 'image_removed']);
  assert.equal((await deleteSnapshot(again, gone.id)).status, 204);
  await refused(await again.fetch(`/v1/snapshots/${kept.id}`), 'SNAPSHOT::NOT_FOUND', 'snapshotId');
  await assert.rejects(engine.getImage(`cubby-snapshots:${kept.id}`).inspect(), /No such image/i);
  assert.equal((await deleteSnapshot(again, used.id)).status, 204);
  await again.control.removeAll();
  await again.control.close();
  await engine.getImage(`cubby-kept:${lives.store}`).remove();
});

engineTest('a snapshot whose image comes back is ready again, and nothing of it is lost', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const { id } = await makeSnapshot(first, (await first.create()).id);
  await first.control.close();
  const name = `cubby-snapshots:${id}`;
  await engine.getImage(name).tag({ repo: 'cubby-aside', tag: lives.store });
  await engine.getImage(name).remove();
  const without = await lives.open();
  assert.equal((await getSnapshot(without, id)).status.reason, 'image_removed');
  await without.control.close();
  await engine.getImage(`cubby-aside:${lives.store}`).tag({ repo: 'cubby-snapshots', tag: id });
  await engine.getImage(`cubby-aside:${lives.store}`).remove();
  const again = await lives.open();
  assert.equal((await getSnapshot(again, id)).status.reason, 'snapshot_ready');
  const restored = await restore(again, id);
  assert.equal((await (await again.agent(restored.id)).run('echo whole')).stdout, 'whole');
});

engineTest('a snapshot that control left half made is told of, and one that it left whole is ready', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const { id: sandboxId } = await first.create();
  const whole = await makeSnapshot(first, sandboxId);
  await first.control.close();
  const half = randomUUID();
  withSnapshots(lives.state, (store) => {
    store.move(whole.id, ['Ready'], { state: 'Creating', reason: 'snapshot_accepted', message: '' }, Date.now());
    store.insert(snapshotRow({ id: half, sandboxId, state: 'Creating', reason: 'snapshot_accepted' }));
  });
  const again = await lives.open();
  assert.equal((await getSnapshot(again, whole.id)).status.state, 'Ready');
  const { status } = await getSnapshot(again, half);
  assert.deepEqual([status.state, status.reason], ['Failed', 'control_restarted']);
  const { id } = await restore(again, whole.id);
  assert.equal((await (await again.agent(id)).run('echo whole')).stdout, 'whole');
});

engineTest('two controls on one engine have their own snapshots, and only those', async (t) => {
  const [one, other] = [controlLives(t), controlLives(t)];
  const [first, second] = [await one.open(), await other.open()];
  const mine = await makeSnapshot(first, (await first.create()).id);
  const theirs = await makeSnapshot(second, (await second.create()).id);
  await refused(await first.fetch(`/v1/snapshots/${theirs.id}`), 'SNAPSHOT::NOT_FOUND', 'snapshotId');
  await refused(await deleteSnapshot(first, theirs.id), 'SNAPSHOT::NOT_FOUND', 'snapshotId');
  const create = await first.post('/v1/sandboxes', { ...createRequest({ image: undefined }), snapshotId: theirs.id });
  await refused(create, 'SNAPSHOT::NOT_FOUND', 'snapshotId');
  await first.control.close();
  const again = await one.open();
  assert.equal((await getSnapshot(again, mine.id)).status.state, 'Ready');
  await again.control.removeAll();
  assert.equal((await getSnapshot(second, theirs.id)).status.state, 'Ready');
  const { id } = await restore(second, theirs.id);
  assert.equal((await (await second.agent(id)).run('echo untouched')).stdout, 'untouched');
});
