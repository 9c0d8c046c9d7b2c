import assert from 'node:assert/strict';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { endedRow, withStore } from '../support/rows.ts';

engineTest('PATCH /sandboxes/{id}/metadata adds, changes and takes away', async (t) => {
  const lives = controlLives(t);
  const ended = endedRow({ metadata: { project: 'old' } });
  withStore(lives.state, (store) => store.insert(ended));
  const control = await lives.open();
  const { id } = await control.create({ metadata: { project: 'apollo', stage: 'one', 'example.com/kind': 'a' } });
  const send = (body: unknown, { of = id, type = 'application/json', prefix = '/v1' } = {}) =>
    control.fetch(`${prefix}/sandboxes/${of}/metadata`, {
      method: 'PATCH',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const patch = async (body: unknown, options = {}) => {
    const response = await send(body, options);
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as Sandbox;
  };

  await t.test('what isn’t named stays, null takes away, and the whole sandbox is the answer', async () => {
    const answer = await patch({ stage: 'two', 'example.com/kind': null, absent: null, empty: '', constructor: 'x' });
    assert.deepEqual(answer, await control.get(id));
    assert.deepEqual(answer.metadata, { project: 'apollo', stage: 'two', empty: '', constructor: 'x' });
    assert.deepEqual((await patch({})).metadata, answer.metadata);
    const taken = { empty: null, constructor: null };
    assert.deepEqual((await patch(taken, { type: 'application/merge-patch+json' })).metadata, {
      project: 'apollo',
      stage: 'two',
    });
    assert.deepEqual((await patch({ project: null, stage: null }, { prefix: '' })).metadata, {});
  });

  await t.test('it is found by what it is now', async () => {
    await patch({ colour: 'green' });
    const found = async (query: string) => {
      const list = await control.fetch(`/v1/sandboxes?metadata=${encodeURIComponent(query)}`);
      return ((await list.json()) as { items: Sandbox[] }).items.map((one) => one.id);
    };
    assert.deepEqual(await found('colour=green'), [id]);
    await patch({ colour: 'blue' });
    assert.deepEqual([await found('colour=green'), await found('colour=blue')], [[], [id]]);
  });

  await t.test('many at once all have their effect', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    await Promise.all(keys.map((key, i) => patch({ [key]: String(i) })));
    const { metadata } = await control.get(id);
    for (const [i, key] of keys.entries()) assert.equal(metadata[key], String(i));
    await patch(Object.fromEntries(keys.map((key) => [key, null])));
  });

  await t.test('keys and values are Kubernetes’ labels, as at a create', async () => {
    const { metadata: before } = await control.get(id);
    const wrong = [' ', '-a', 'a/b/c', 'opensandbox.io/x', 'ü', 'x'.repeat(64), 'A.com/x'];
    for (const key of wrong)
      await refused(await send({ [key]: 'v', fine: 'v' }), 'SANDBOX::INVALID_METADATA_LABEL', `metadata.${key}`);
    for (const value of [' ', 'ü', 'x'.repeat(64), '-', 'a b', 'a\0']) {
      await refused(await send({ key: value, fine: 'v' }), 'SANDBOX::INVALID_METADATA_LABEL', 'metadata.key');
    }
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, '']));
    await refused(await send(many), 'SANDBOX::INVALID_METADATA_LABEL', 'metadata');
    assert.deepEqual((await control.get(id)).metadata, before, 'all of a patch or nothing');
  });

  await t.test('what is no patch is refused', async () => {
    await refused(await send({ key: 1 }), 'INVALID_REQUEST_BODY', 'key');
    await refused(await send({ key: { deep: 'x' } }), 'INVALID_REQUEST_BODY', 'key');
    for (const body of ['null', '[]', '"x"', '1', '{', '', '{"__proto__":"x"}']) {
      await refused(await send(body), 'INVALID_REQUEST_BODY', 'body');
    }
    await refused(await send('key: value', { type: 'text/yaml' }), 'UNSUPPORTED_MEDIA_TYPE', 'content-type');
    await refused(await send({}, { of: 'nobody' }), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });

  await t.test(
    'an ended one is told of, so what it is labelled with can be changed too; it outlives a restart',
    async () => {
      assert.deepEqual((await patch({ project: 'new' }, { of: ended.id })).metadata, { project: 'new' });
      await control.control.close();
      const next = await lives.open();
      assert.deepEqual((await next.get(ended.id)).metadata, { project: 'new' });
      assert.deepEqual((await next.get(id)).metadata, { colour: 'blue' });
    },
  );
});
