import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Contract } from '../../support/contract/contract.ts';
import type { TestControl } from '../../support/control.ts';
import type { Sandboxes } from './targets.ts';

/** The doors of sandboxes, and who may not pass. */
export async function atDoors(contract: Contract, control: TestControl, { running, ended }: Sandboxes): Promise<void> {
  const doorsOf = async (id: string, port: number) => [
    `/v1/sandboxes/${id}/proxy/${port}`,
    new URL(await control.port(id, port)).pathname,
  ];
  const [open, silent, shut] = [await doorsOf(running, 8000), await doorsOf(running, 1), await doorsOf(ended, 8000)];
  const isDoor = (path: string) => path.startsWith('/v1/') && path.endsWith('{path}');
  const methods = new Set(contract.operations.filter(({ path }) => isDoor(path)).map(({ method }) => method));
  assert.ok(methods.size > 5);
  const locked = [open[0]!, open[1]!.replace(/ports\/[^/]+/, 'ports/wrong')];
  const stranger = { 'open-sandbox-api-key': 'wrong' };
  for (const [index, door] of open.entries()) {
    for (const method of methods) {
      await contract.call(`${method} ${door}/headers`, method === 'GET' || method === 'POST' ? 200 : 501);
      await contract.call(`${method} ${door.replace(/8000$/, '08000')}/`, 'INVALID_PORT');
      await contract.call(`${method} ${silent[index]}/`, 'PORT_NOT_REACHABLE');
      await contract.call(`${method} ${door.replace(running, 'a.b')}/`, 'ROUTE_NOT_FOUND');
      await contract.call(`${method} ${locked[index]}/`, 'INVALID_ACCESS_TOKEN', { headers: stranger });
      await contract.call(`${method} ${shut[index]}/`, 'DOCKER::SANDBOX_NOT_RUNNING');
    }
    const headers = { 'open-sandbox-api-key': control.apiKey };
    const socket = new WebSocket(`${control.url.replace('http', 'ws')}${door}/ws`, { headers });
    await once(socket, 'open');
    contract.saw(`GET ${door}/ws`, 101);
    socket.close();
    await once(socket, 'close');
  }
}
