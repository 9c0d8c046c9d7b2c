import assert from 'node:assert/strict';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { containersOf } from '../support/containers.ts';
import { openControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { leftovers } from '../support/leftovers.ts';
import { refused } from '../support/refused.ts';

engineTest('two controls on one engine each have their own sandboxes, and only those', async (t) => {
  const [one, other] = [controlLives(t), controlLives(t)];
  const [first, second] = [await one.open(), await other.open()];
  const [a, b] = await Promise.all([first.create(), second.create()]);
  await refused(await first.fetch(`/v1/sandboxes/${b.id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  await refused(await first.delete(b.id), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  await refused(
    await (await second.agent(b.id)).fetch('/ping', {
      headers: { 'x-execd-access-token': (await first.agent(a.id)).token },
    }),
    'INVALID_ACCESS_TOKEN',
    'x-execd-access-token',
  );

  // What the first looks at when it starts and when it ends is its own.
  await first.control.close();
  const again = await one.open();
  assert.equal((await (await again.agent(a.id)).fetch('/ping')).status, 200);
  await again.control.removeAll();
  assert.deepEqual(await leftovers(one.store), []);
  assert.deepEqual(await containersOf(other.store), [b.id]);
  assert.equal((await (await second.agent(b.id)).run('echo untouched')).stdout, 'untouched');
});

engineTest('two controls can’t have one database', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { id } = await control.create();
  await assert.rejects(lives.spawn(), /ended with 1.*the database .* can't be used: another Cubby has it open/s);
  assert.equal((await control.get(id)).status.state, 'Running');
});

engineTest('control whose database is gone begins anew and leaves the containers of the old one alone', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const { id } = await first.create();
  await first.control.close();
  const kept = join(lives.state, 'kept');
  mkdirSync(kept);
  const files = ['cubby.db', 'cubby.db-wal', 'cubby.db-shm'].filter((name) => existsSync(join(lives.state, name)));
  for (const name of files) renameSync(join(lives.state, name), join(kept, name));

  const fresh = await openControl(lives.state);
  assert.notEqual(fresh.store, lives.store);
  await refused(await fresh.fetch(`/v1/sandboxes/${id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  const other = await fresh.create();
  assert.equal((await (await fresh.agent(other.id)).run('echo new')).stdout, 'new');
  assert.deepEqual(await containersOf(lives.store), [id]);
  await fresh.control.removeAll();
  await fresh.control.close();
  assert.deepEqual(await containersOf(lives.store), [id]);

  for (const name of files) renameSync(join(kept, name), join(lives.state, name));
  rmSync(kept, { recursive: true });
  const back = await lives.open();
  assert.equal((await (await back.agent(id)).fetch('/ping')).status, 200);
});
