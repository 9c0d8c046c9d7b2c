import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SandboxStore } from '../../../control/sandboxes/store.ts';
import { openStorage } from '../../../control/storage/open.ts';
import { endedRow } from '../../support/rows.ts';

function storeWith(...ids: string[]): SandboxStore {
  const store = new SandboxStore(openStorage(':memory:'));
  for (const id of ids)
    store.insert(endedRow({ id, state: 'Running', reason: 'container_running', message: 'It runs.' }));
  return store;
}
const note = (message: string, repeats = false) => ({ scope: 'lifecycle' as const, kind: 'Noted', message, repeats });

test('a change of state is written down with it, and one that did not happen is not', () => {
  const store = storeWith('a');
  const change = { state: 'Paused', reason: 'container_paused', message: 'It was paused.' } as const;
  assert.equal(store.update('a', ['Pausing'], change, note('never')), false);
  assert.equal(store.update('a', ['Running'], change, note('beside')), true);
  assert.equal(store.update('a', ['Paused'], { dueAt: 1 }), true);
  assert.deepEqual(
    store.events.of('a').map(({ kind, message }) => `${kind} ${message}`),
    ['Running container_running: It runs.', 'Paused container_paused: It was paused.', 'Noted beside'],
  );
});

test('of each sandbox the latest two hundred are kept, and those of others are not counted', () => {
  const store = storeWith('a', 'b');
  for (let i = 0; i < 500; i += 1) store.events.record('a', note(`${i}`));
  const kept = store.events.of('a');
  assert.deepEqual([kept.length, kept[0]!.message, kept.at(-1)!.message], [200, '300', '499']);
  assert.equal(store.events.of('b').length, 1);
  assert.deepEqual(
    store.events.of('a', 2).map(({ message }) => message),
    ['498', '499'],
  );
});

test('what happens again and again is one event that says how often', () => {
  const store = storeWith('a', 'b');
  for (const message of ['first', 'second', 'third']) store.events.record('a', note(message, true));
  store.events.record('b', note('another', true));
  store.events.record('a', { ...note('between'), kind: 'Other' });
  store.events.record('a', note('last', true));
  assert.deepEqual(
    store.events
      .of('a')
      .slice(1)
      .map(({ message, times }) => `${message} ${times}`),
    ['third 3', 'between 1', 'last 1'],
  );
});

test('events go with their sandbox, of one that there is not none are kept, and long messages are cut', () => {
  const store = storeWith('a');
  store.events.record('a', note('x'.repeat(100_000)));
  assert.equal(store.events.of('a').at(-1)!.message.length, 1000);
  store.remove('a');
  assert.deepEqual(store.events.of('a'), []);
  store.events.record('a', note('too late'));
  assert.deepEqual(store.events.of('a'), []);
});
