import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../../control/mcp/exchange.ts';

test('who has come back to a call that is ended waits for it no longer', { timeout: 60_000 }, async () => {
  let ended = 0;
  const exchange = new Exchange({
    owner: 'app:ada\nsession',
    requestId: 1,
    graceMs: 60_000,
    keptMs: 60_000,
    end: () => {
      ended += 1;
    },
    kept: () => {},
    forget: () => {},
  });
  const progress = {
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken: 1, progress: 1 },
  } as const;
  await exchange.storeEvent('', progress);
  const reader = exchange.follow({ exchange: exchange.id, number: -1, requestId: 1, isLast: false }).getReader();
  assert.match(new TextDecoder().decode((await reader.read()).value), /progress/);
  const next = reader.read();
  exchange.cancel();
  assert.equal((await next).done, true);
  assert.ok(ended > 0);
});
