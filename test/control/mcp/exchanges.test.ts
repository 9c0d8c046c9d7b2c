import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Exchange } from '../../../control/mcp/exchange.ts';
import { Exchanges } from '../../../control/mcp/exchanges.ts';

/** Calls whose clients have lost their connection, and whose answers have come since. */
function startExchanges(t: TestContext) {
  const exchanges = new Exchanges({ graceMs: 60_000, keptMs: 60_000 });
  t.after(() => exchanges.close());
  const leave = async (workspace: string, requestId: number): Promise<Exchange> => {
    const exchange = exchanges.open({ owner: ownerOf(workspace), requestId, end: () => {} });
    await exchange.storeEvent('', { jsonrpc: '2.0', id: requestId, result: { content: [] } });
    await exchange.first(new ReadableStream()).cancel();
    return exchange;
  };
  const isThere = async ({ id, requestId, owner }: Exchange): Promise<boolean> => {
    const found = exchanges.resume(owner, { exchange: id, number: -1, requestId, isLast: false });
    if (!(found instanceof ReadableStream)) return false;
    await found.cancel();
    return true;
  };
  return { exchanges, leave, isThere };
}

const ownerOf = (workspace: string) => `${workspace}\nsession`;

test('answers that are kept for one workspace push out none of another’s', async (t) => {
  const { leave, isThere } = startExchanges(t);
  const ada = await leave('app:ada', 1);
  const greedy: Exchange[] = [];
  for (let id = 0; id < 150; id += 1) greedy.push(await leave('app:greedy', id));
  assert.ok(await isThere(ada));
  assert.ok(await isThere(greedy.at(-1)!), 'of its own the oldest go first');
  assert.equal(await isThere(greedy[0]!), false);
});

test('where many have few answers kept, whoever has most of them loses the oldest', async (t) => {
  const { leave, isThere } = startExchanges(t);
  const first = await leave('app:0', 0);
  const most = [first, await leave('app:most', 1), await leave('app:most', 2)];
  for (let user = 1; user < 98; user += 1) await leave(`app:${user}`, 0);
  assert.deepEqual(await Promise.all(most.map(isThere)), [true, true, true]);
  await leave('app:another', 0);
  assert.deepEqual(await Promise.all(most.map(isThere)), [true, false, true]);
});

test('an answer that is being read is pushed out by none', async (t) => {
  const { exchanges, leave } = startExchanges(t);
  const read = exchanges.open({ owner: ownerOf('app:ada'), requestId: 'read', end: () => {} });
  const place = { exchange: read.id, number: -1, requestId: 'read', isLast: false };
  const reader = (exchanges.resume(read.owner, place) as ReadableStream<Uint8Array>).getReader();
  await read.storeEvent('', { jsonrpc: '2.0', id: 'read', result: { content: [] } });
  for (let id = 0; id < 150; id += 1) await leave('app:ada', id);
  assert.match(new TextDecoder().decode((await reader.read()).value), /"id":"read"/);
  await reader.cancel();
});
