import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openStorage } from '../../../control/storage/open.ts';
import { WorkspaceStore } from '../../../control/workspaces/store.ts';

const migrations = join(import.meta.dirname, '../../../control/storage/migrations');

test('a database of a Cubby that knew no provisioned workspaces keeps those that it has, and takes such ones', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-storage-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'cubby.db');
  const old = new Database(path);
  const known = readdirSync(migrations).sort().slice(0, 9);
  for (const name of known) old.exec(readFileSync(join(migrations, name), 'utf8'));
  old.pragma(`user_version = ${known.length}`);
  old.prepare("insert into workspaces values ('app', 'ada', 'an-id', '{\"template\":\"python\"}', 7)").run();
  old.close();

  const storage = openStorage(path);
  t.after(() => void storage.close());
  const store = new WorkspaceStore(storage);
  const ada = { issuer: 'app', subject: 'ada', sandboxId: 'an-id', request: { template: 'python' }, createdAt: 7 };
  const bob = { issuer: 'app', subject: 'bob', sandboxId: undefined, request: {}, createdAt: 8 };
  const eve = { ...bob, subject: 'eve', createdAt: 9 };
  store.giveAll([bob, eve]);
  assert.deepEqual(store.list(undefined, 1, 10), { rows: [eve, bob, ada], total: 3 });
  assert.deepEqual(store.countByState(), { None: 1, Provisioned: 2 });
});
