import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packAt } from '../../../control/runtimes/pack.ts';
import { pack } from '../../support/pack.ts';

test('a pack that isn’t whole is found at the start, with what it lacks and how it is made', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-pack-'));
  t.after(() => rmSync(dir, { recursive: true }));
  assert.equal(packAt(pack), realpathSync(pack));
  assert.throws(() => packAt(join(dir, 'nowhere')), { code: 'ENOENT' });
  const lacks = (name: string) => ({
    code: 'DOCKER::INITIALIZATION_ERROR',
    message: new RegExp(`^runtime\\.pack: expected the agent pack, .*where ${name} is missing.*npm run build`),
  });
  assert.throws(() => packAt(dir), lacks('init'));
  cpSync(join(pack, 'init'), join(dir, 'init'));
  chmodSync(join(dir, 'init'), 0o755);
  assert.throws(() => packAt(dir), lacks('bin/node'));
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin/node'), '', { mode: 0o755 });
  mkdirSync(join(dir, 'lib'));
  assert.throws(() => packAt(dir), lacks('agent.cjs'));
  writeFileSync(join(dir, 'agent.cjs'), '');
  assert.equal(packAt(dir), realpathSync(dir));
  symlinkSync(dir, join(dir, 'current'));
  assert.equal(packAt(join(dir, 'current')), realpathSync(dir), 'a link is followed once and for all');
});
