import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Places } from '../../../control/runtimes/places.ts';

test('so many works are done at once, the others in the order in which they came', async () => {
  const places = new Places(2);
  const { signal } = new AbortController();
  const begun: number[] = [];
  const works = [0, 1, 2, 3, 4].map(() => Promise.withResolvers<void>());
  const done = works.map(({ promise }, index) =>
    places.take(async () => {
      begun.push(index);
      await promise;
      return index;
    }, signal),
  );
  await setImmediate();
  assert.deepEqual(begun, [0, 1]);
  works[1]!.resolve();
  assert.equal(await done[1], 1);
  await setImmediate();
  assert.deepEqual(begun, [0, 1, 2]);
  works[0]!.reject(new Error('it went wrong'));
  await assert.rejects(done[0]!, /it went wrong/);
  for (const { resolve } of works) resolve();
  assert.deepEqual(await Promise.all(done.slice(2)), [2, 3, 4]);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});

test('who leaves while it waits takes nobody’s place', async () => {
  const places = new Places(1);
  const leaving = new AbortController();
  const first = Promise.withResolvers<void>();
  const { signal } = new AbortController();
  const done = places.take(() => first.promise, signal);
  const left = places.take(() => Promise.reject(new Error('it was begun')), leaving.signal);
  const last = places.take(() => Promise.resolve('last'), signal);
  leaving.abort(new Error('no more'));
  await assert.rejects(left, /no more/);
  first.resolve();
  await done;
  assert.equal(await last, 'last');
  await assert.rejects(
    places.take(() => Promise.resolve(), leaving.signal),
    /no more/,
  );
  assert.equal(await places.take(() => Promise.resolve('free'), signal), 'free');
});

test('one that leaves in the moment in which it is called hands the place on', async () => {
  const places = new Places(1);
  const leaving = new AbortController();
  const first = Promise.withResolvers<void>();
  const { signal } = new AbortController();
  const done = places.take(() => first.promise, signal);
  const left = places.take(() => Promise.resolve('begun'), leaving.signal).catch((error: Error) => error.message);
  const last = places.take(() => Promise.resolve('last'), signal);
  first.resolve();
  void done.finally(() => leaving.abort(new Error('no more')));
  assert.ok(['begun', 'no more'].includes(await left));
  assert.equal(await last, 'last');
});
