import assert from 'node:assert/strict';
import type { Snapshot } from '../../shared/api/snapshots.ts';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
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

const nobody = '00000000-0000-4000-8000-000000000000';

engineTest('a snapshot is a copy of a sandbox’s files, from which new sandboxes are made', async (t) => {
  const control = await startTestControl(t);
  const source = await control.create({ env: { GREETING: 'hello', SECRET: 'of the source' } });
  const agent = await control.agent(source.id);
  assert.equal((await agent.run('echo "as it was" >/kept; echo >/deleted; echo old >/changed')).exitCode, 0);

  let first: Snapshot;
  await t.test('it is begun at once, made meanwhile, and says when it is ready', async () => {
    const response = await control.post(`/v1/sandboxes/${source.id}/snapshots`, { name: 'before', invented: true });
    assert.equal(response.status, 202);
    const begun = (await response.json()) as Snapshot;
    assert.equal(response.headers.get('location'), `/v1/snapshots/${begun.id}`);
    const { id, createdAt, status, ...rest } = begun;
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(rest, { sandboxId: source.id, name: 'before' });
    assert.deepEqual([status.state, status.reason], ['Creating', 'snapshot_accepted']);
    assert.equal(status.lastTransitionAt, createdAt);

    first = await settledSnapshot(control, id);
    const { lastTransitionAt, ...settled } = first.status;
    assert.deepEqual(settled, {
      state: 'Ready',
      reason: 'snapshot_ready',
      message: 'Sandboxes can be made from it.',
    });
    assert.ok(Date.parse(lastTransitionAt) >= Date.parse(createdAt));
    assert.deepEqual(await (await control.fetch(`/snapshots/${id}`)).json(), first);
    assert.equal((await control.get(source.id)).status.state, 'Running');
  });

  await t.test('a sandbox made from it has the files as they were, whatever became of the source', async () => {
    assert.equal((await agent.run('rm /kept /deleted; echo new >/changed')).exitCode, 0);
    const { id, ...sandbox } = await restore(control, first.id, { metadata: { from: 'snapshot' } });
    assert.deepEqual(sandbox.entrypoint, ['tail', '-f', '/dev/null']);
    assert.ok(!('snapshotId' in sandbox) && !('image' in sandbox));
    const shown = await control.get(id);
    assert.equal(shown.snapshotId, first.id);
    assert.ok(!('image' in shown));
    const restored = await control.agent(id);
    assert.equal((await restored.run('cat /kept /changed; ls /deleted')).stdout, 'as it was\nold\n/deleted');
    await restored.run('echo "only here" >/kept');
    const second = await restore(control, first.id);
    assert.equal((await (await control.agent(second.id)).run('cat /kept')).stdout, 'as it was');
    for (const one of [id, second.id]) assert.equal((await control.delete(one)).status, 204);
  });

  await t.test(
    'its environment is the source’s, and the request’s lies over it; its entrypoint is the request’s',
    async () => {
      const said = 'echo "$GREETING|$SECRET|$MORE" >/saying; mv /saying /said; exec sleep 1000';
      const sandbox = await restore(control, first.id, {
        entrypoint: ['/bin/sh', '-c', said],
        env: { SECRET: null, MORE: 'of the request' },
      });
      const read = 'until [ -e /said ]; do sleep 0.02; done; cat /said';
      assert.equal((await (await control.agent(sandbox.id)).run(read)).stdout, 'hello||of the request');
      assert.equal((await control.delete(sandbox.id)).status, 204);
    },
  );

  let second: Snapshot;
  await t.test('it outlives its sandbox, and a snapshot of what was made from it needs it no more', async () => {
    const restored = await restore(control, first.id);
    await (await control.agent(restored.id)).run('rm /deleted; echo more >>/kept');
    second = await makeSnapshot(control, restored.id);
    assert.ok(!('name' in second));
    for (const one of [source.id, restored.id]) assert.equal((await control.delete(one)).status, 204);
    assert.equal((await deleteSnapshot(control, first.id)).status, 204);
    await refused(await control.fetch(`/v1/snapshots/${first.id}`), 'SNAPSHOT::NOT_FOUND', 'snapshotId');
    const again = await restore(control, second.id);
    const { stdout } = await (await control.agent(again.id)).run(
      'cat /kept; ls /deleted 2>/dev/null; echo "$GREETING"',
    );
    assert.equal(stdout, 'as it was\nmore\nhello');
    assert.equal((await control.delete(again.id)).status, 204);
  });

  await t.test('while a sandbox that was made from it lives it can’t be deleted, and stays whole', async () => {
    const user = await restore(control, second.id);
    await refused(await deleteSnapshot(control, second.id), 'SNAPSHOT::DELETE_CONFLICT');
    assert.equal((await getSnapshot(control, second.id)).status.state, 'Ready');
    const other = await restore(control, second.id);
    for (const { id } of [user, other]) assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('two deletions at once are one', async () => {
    const answers = await Promise.all([deleteSnapshot(control, second.id), deleteSnapshot(control, second.id)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 204],
    );
    await refused(await deleteSnapshot(control, second.id), 'SNAPSHOT::NOT_FOUND', 'snapshotId');
  });
});

engineTest('what can’t be is refused', async (t) => {
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({ 'docker.socket': engine.socket, 'snapshot.max_snapshots': '1' });
  const source = await control.create();
  const path = `/v1/sandboxes/${source.id}/snapshots`;

  await t.test('a body is optional, and its name is text of some length', async () => {
    for (const name of ['', 'x'.repeat(257), 7, ['a'], 'a\0b'])
      await refused(await control.post(path, { name }), 'INVALID_REQUEST_BODY', 'name');
    await refused(await control.post(path, 'not JSON'), 'INVALID_REQUEST_BODY', 'body');
    engine.hold(/^POST \/commit/);
    const response = await control.fetch(path, { method: 'POST' });
    assert.equal(response.status, 202, await response.clone().text());
    const { id } = (await response.json()) as Snapshot;
    await refused(await deleteSnapshot(control, id), 'SNAPSHOT::INVALID_STATE');
    engine.release();
    await settledSnapshot(control, id);
    await refused(await control.post(path, {}), 'CAPACITY_EXCEEDED');
    assert.equal((await deleteSnapshot(control, id)).status, 204);
  });

  await t.test('unknown sandboxes, and those that don’t run', async () => {
    await refused(
      await control.post(`/v1/sandboxes/${nobody}/snapshots`, {}),
      'DOCKER::SANDBOX_NOT_FOUND',
      'sandboxId',
    );
    const ended = await control.create({ entrypoint: ['/bin/sh', '-c', 'until [ -e /go ]; do sleep 0.02; done'] });
    // It may end before this is answered.
    await (await control.agent(ended.id)).run('touch /go').catch(() => undefined);
    await until(async () => (await control.get(ended.id)).status.state === 'Terminated', 'it has ended');
    await refused(await control.post(`/v1/sandboxes/${ended.id}/snapshots`, {}), 'SNAPSHOT::INVALID_SOURCE_STATE');
  });

  await t.test('unknown snapshots, those that aren’t ready, and a snapshot beside an image', async () => {
    const create = (more: object) => control.post('/v1/sandboxes', { ...createRequest({ image: undefined }), ...more });
    for (const snapshotId of [nobody, '../../etc', 'x'.repeat(256), '%00', 'cubby/busybox:test'])
      await refused(await create({ snapshotId }), 'SNAPSHOT::NOT_FOUND', 'snapshotId');
    await refused(await control.fetch('/v1/snapshots/..%2f..%2fetc'), 'SNAPSHOT::NOT_FOUND', 'snapshotId');
    await refused(await create({ snapshotId: 'x'.repeat(257) }), 'INVALID_REQUEST_BODY', 'snapshotId');
    await refused(await create({}), 'SANDBOX::INVALID_PARAMETER', 'image');
    await refused(
      await create({ snapshotId: nobody, image: { uri: 'a' } }),
      'SANDBOX::INVALID_PARAMETER',
      'snapshotId',
    );
    engine.hold(/^POST \/commit/);
    const { id } = await beginSnapshot(control, source.id);
    await refused(await create({ snapshotId: id }), 'SNAPSHOT::NOT_READY');
    engine.release();
    await settledSnapshot(control, id);
  });
});
