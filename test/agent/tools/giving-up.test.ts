import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInSlices, type Steps } from '../../../agent/files/slices.ts';
import { loadRights } from '../../../agent/users/rights.ts';
import { rightsAddon } from '../../support/pack.ts';
import { self } from '../files/server.ts';

test('a search that has no end is given up when whoever asked has gone', async () => {
  loadRights(rightsAddon);
  let isLeft = false;
  function* endless(): Steps<number> {
    try {
      for (let found = 0; ; found += 1) yield found % 1000 === 0 ? found : undefined;
    } finally {
      isLeft = true;
    }
  }
  const gone = new AbortController();
  const searching = runInSlices(self, endless(), gone.signal);
  setImmediate(() => gone.abort(new Error('nobody waits')));
  await assert.rejects(searching, /nobody waits/);
  assert.ok(isLeft, 'and what it held open is closed');
});
