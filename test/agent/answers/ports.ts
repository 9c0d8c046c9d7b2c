import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';

/** Everything that the way to ports may answer. */
export async function ports(contract: Contract, agent: TestAgent, t: TestContext): Promise<void> {
  const server = createServer((_, response) => response.end('a program’s own answer')).listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server });
  t.after(() => {
    sockets.close();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const methods = contract.operations.filter(({ path }) => path === '/proxy/{port}/{path}').map(({ method }) => method);
  assert.ok(methods.length > 5);
  for (const method of methods) {
    await contract.call(`${method} /proxy/${port}/some/path?query=1`, 200);
    await contract.call(`${method} /proxy/0${port}/`, 'INVALID_PORT');
    await contract.call(`${method} /proxy/1/`, 'PORT_NOT_REACHABLE');
  }
  const headers = { 'x-execd-access-token': agent.config.token };
  const socket = new WebSocket(`${agent.url.replace('http', 'ws')}/proxy/${port}/`, { headers });
  await once(socket, 'open');
  contract.saw(`GET /proxy/${port}/`, 101);
  socket.close();
  await once(socket, 'close');
}
