import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../../support/until.ts';
import { startTransfers } from './sending.ts';

const full = { code: 'TOO_MANY_TRANSFERS' };

/** A store that answers when it is told to, but for `/now`. */
async function startSlowStore(t: TestContext): Promise<{ host: string; waiting: ServerResponse[] }> {
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/now') response.end();
    else waiting.push(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, waiting };
}

test('only so many files are on their way at a time, of one sandbox and in all', { timeout: 120_000 }, async (t) => {
  const { host, waiting } = await startSlowStore(t);
  const { agent, send } = await startTransfers(t, {
    allowedHosts: [host, '127.0.0.1:1'],
    maxAtOnce: 3,
    maxPerSandbox: 2,
  });
  const path = join(agent.dir, 'file');
  writeFileSync(path, 'x');
  const slow = { path, url: `http://${host}/slow` };
  const quick = { path, url: `http://${host}/now` };

  const caller = new AbortController();
  const mine = [send(slow), send(slow, caller)];
  await assert.rejects(send(quick), full, 'the share of one sandbox');
  const theirs = send(slow, undefined, 'two');
  await assert.rejects(send(quick, undefined, 'three'), full, 'the share of all');
  await until(() => waiting.length === 3, 'the store has three requests');

  caller.abort();
  await assert.rejects(mine[1]!);
  await send(quick);
  await assert.rejects(send({ path, url: 'http://127.0.0.1:1/refused' }), { code: 'STORE_UNREACHABLE' });
  await send(quick);
  for (const response of waiting) response.end();
  await Promise.all([mine[0], theirs]);
  await Promise.all([send(quick), send(quick), send(quick, undefined, 'two')]);
});
