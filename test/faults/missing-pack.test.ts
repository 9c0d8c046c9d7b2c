import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

engineTest('one whose agent pack was removed while it was stopped says so, and starts when it is back', async (t) => {
  const lives = controlLives(t);
  const packs = mkdtempSync(join(tmpdir(), 'cubby-packs-'));
  t.after(() => rmSync(packs, { recursive: true }));
  const old = join(packs, 'old');
  cpSync(realpathSync(join(import.meta.dirname, '../../.pack/current')), old, { recursive: true });
  const first = await lives.open({ 'runtime.pack': old });
  const { id } = await first.create({ idle: { stopAfterSeconds: 1 } });
  assert.equal((await (await first.agent(id)).run('echo kept > /kept')).exitCode, 0);
  await until(async () => (await first.get(id)).tier === 'stopped', 'it is stopped');
  await first.control.close();

  // As an upgrade does that clears away.
  renameSync(old, join(packs, 'aside'));
  const second = await lives.open();
  const { message } = await refused(await (await second.agent(id)).fetch('/ping'), 'DOCKER::SANDBOX_RESUME_FAILED');
  assert.match(message, /the agent pack old .* is not there any more/);
  assert.equal((await second.get(id)).tier, 'stopped');
  const { id: other } = await second.create();
  assert.equal((await (await second.agent(other)).run('echo new')).stdout, 'new');

  renameSync(join(packs, 'aside'), old);
  assert.equal((await (await second.agent(id)).run('cat /kept')).stdout, 'kept');
});
