import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStorage } from '../../../control/storage/open.ts';
import { TemplateStore } from '../../../control/templates/store.ts';

function openStore(t: TestContext, keepVersions = 20): TemplateStore {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-templates-'));
  const storage = openStorage(join(directory, 'cubby.db'));
  t.after(() => {
    storage.close();
    rmSync(directory, { recursive: true });
  });
  return new TemplateStore(storage, { keepVersions });
}

test('every change is a version of its own, and earlier ones stay as they were', (t) => {
  const store = openStore(t);
  const first = store.add('python', { timeout: 60 }, { after: 0, now: 1 })!;
  assert.deepEqual(first, {
    name: 'python',
    version: 1,
    spec: { timeout: 60 },
    createdAt: 1,
    changedAt: 1,
    build: undefined,
  });
  const second = store.add('python', { timeout: 61 }, { after: 1, now: 2 })!;
  assert.deepEqual(second, {
    name: 'python',
    version: 2,
    spec: { timeout: 61 },
    createdAt: 1,
    changedAt: 2,
    build: undefined,
  });
  assert.deepEqual(store.get('python'), second);
  assert.deepEqual(store.get('python', 1), first);
  assert.equal(store.get('python', 3), undefined);
});

test('a change of what has changed meanwhile is none', (t) => {
  const store = openStore(t);
  assert.equal(store.add('python', {}, { after: 1, now: 1 }), undefined);
  store.add('python', {}, { after: 0, now: 1 });
  assert.equal(store.add('python', {}, { after: 0, now: 1 }), undefined);
  assert.equal(store.get('python')?.version, 1);
});

test('a name that was deleted has none of its versions again', (t) => {
  const store = openStore(t);
  store.add('python', { timeout: 60 }, { after: 0, now: 1 });
  assert.equal(store.remove('python'), true);
  assert.equal(store.remove('python'), false);
  assert.equal(store.get('python'), undefined);
  assert.deepEqual(store.list(1, 10), { rows: [], total: 0 });
  const again = store.add('python', {}, { after: 0, now: 5 })!;
  assert.deepEqual([again.version, again.createdAt], [2, 5]);
  assert.equal(store.get('python', 1), undefined);
});

test('only so many versions are kept', (t) => {
  const store = openStore(t, 2);
  for (let after = 0; after < 4; after++) store.add('python', { timeout: 60 + after }, { after, now: after });
  assert.deepEqual(
    [1, 2, 3, 4].map((version) => store.get('python', version)?.version),
    [undefined, undefined, 3, 4],
  );
});

test('a list has the newest version of each, in pages, the newest template first', (t) => {
  const store = openStore(t);
  for (const [index, name] of ['a', 'b', 'c'].entries()) store.add(name, {}, { after: 0, now: index });
  store.add('a', { timeout: 60 }, { after: 1, now: 9 });
  const page = (number: number) => store.list(number, 2).rows.map(({ name, version }) => `${name}@${version}`);
  assert.deepEqual([page(1), page(2), store.list(1, 2).total], [['c@1', 'b@1'], ['a@2'], 3]);
  assert.deepEqual(
    store.all().map(({ name }) => name),
    ['a', 'b', 'c'],
  );
});
