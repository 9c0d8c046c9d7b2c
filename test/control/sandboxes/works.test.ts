import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Works } from '../../../control/sandboxes/works.ts';

test('whoever waits for the same thing to end begins one after the other', async () => {
  const works = new Works();
  const log: string[] = [];
  const begin = (name: string) => {
    const { promise: whole, resolve } = Promise.withResolvers<void>();
    log.push(`${name} begins`);
    void works.track('a', { kind: 'still', engine: Promise.resolve(), whole });
    setImmediate(() => {
      log.push(`${name} ends`);
      resolve();
    });
    return whole;
  };
  await Promise.all(['first', 'second', 'third'].map((name) => works.next('a', () => begin(name))));
  const inTurn = ['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]);
  assert.deepEqual(log, inTurn);
  assert.equal(works.get('a'), undefined);
});

test('what needs not be waited for is handed over, and what fails is waited for as well', async () => {
  const works = new Works();
  const { promise: whole, reject } = Promise.withResolvers<void>();
  works.track('a', { kind: 'waking', engine: Promise.resolve(), whole }).catch(() => undefined);
  const kind = await works.next(
    'a',
    async (work) => work?.kind,
    ({ kind }) => kind === 'waking',
  );
  assert.equal(kind, 'waking');
  const after = works.next('a', async (work) => work);
  reject(new Error('the engine did not do it'));
  assert.equal(await after, undefined);
});
