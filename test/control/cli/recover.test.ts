import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../control/cli/main.ts';
import { findStores, removeStore } from '../../../control/recover.ts';
import { openControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';
import { leftovers } from '../../support/leftovers.ts';
import { makeSnapshot } from '../../support/snapshots.ts';

engineTest('what a lost database has left is listed, and removed when an administrator says so', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'cubby-lost-'));
  const other = mkdtempSync(join(tmpdir(), 'cubby-other-'));
  t.after(() => {
    rmSync(state, { recursive: true, force: true });
    rmSync(other, { recursive: true, force: true });
  });
  const lost = await openControl(state);
  const { control, store } = lost;
  const { id } = await lost.create();
  const snapshot = await makeSnapshot(lost, id);
  await control.close();
  rmSync(state, { recursive: true });

  const recover = async (...args: string[]) => {
    let out = '';
    const code = await main(['recover', ...args, '--set', `store.path=${other}`], {
      start: () => Promise.reject(new Error('nothing was to be started')),
      findStores,
      removeStore,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        out += text;
      },
    });
    return { code, out };
  };
  const { out } = await recover();
  assert.match(out, new RegExp(`^store ${store}: 1 sandboxes, 1 snapshots\\n  ${id}  running`, 'm'));
  assert.match(out, new RegExp(`^  ${snapshot.id}  snapshot  20`, 'm'));
  assert.equal((await recover('--remove', 'nobody')).code, 2);
  assert.deepEqual(await recover('--remove', store), {
    code: 0,
    out: 'removed 1 sandboxes, 1 snapshots and their network\n',
  });
  assert.deepEqual(await leftovers(store), []);
});
