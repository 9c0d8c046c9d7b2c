import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { ServerApi } from '../../../../agent/kernels/server/server-api.ts';
import { ServerChannels } from '../../../../agent/kernels/server/server-channels.ts';

test('a connection that was called off before it was begun is not waited for', { timeout: 120_000 }, async (t) => {
  const sockets: Socket[] = [];
  // It takes connections and answers none.
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const api = new ServerApi({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, token: '' });
  const channels = new ServerChannels({ api, kernelId: 'k', onLost: () => {}, warn: () => {} });
  const reason = new Error('its context was deleted');
  await assert.rejects(channels.open(AbortSignal.abort(reason)), reason);
  channels.close();
  assert.equal(sockets.length, 0);
});
