import { randomUUID } from 'node:crypto';
import type { Contract } from '../../support/contract/contract.ts';
import { resettable } from './targets.ts';

/** What a client of MCP may send, and what it is answered. */
export async function aboutMcp(contract: Contract): Promise<void> {
  const route = `${resettable}/mcp`;
  const accepting = { accept: 'application/json, text/event-stream' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const opening = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
  await contract.call(`POST ${route}`, 200, { json: opening, headers: accepting });
  const opened = { jsonrpc: '2.0', method: 'notifications/initialized' };
  await contract.call(`POST ${route}`, 202, { json: opened, headers: accepting });
  const lost = `${randomUUID()}.0.${Buffer.from('7').toString('base64url')}`;
  await contract.call(`GET ${route}`, 200, { headers: { ...accepting, 'last-event-id': lost } });
  await contract.call(`GET ${route}`, 'NOTHING_TO_RESUME');
  await contract.call(`DELETE ${route}`, 200);
  for (const method of ['POST', 'GET', 'DELETE']) {
    const json = method === 'POST' ? { json: {} } : {};
    await contract.call(`${method} /v1/workspaces/nobody/mcp`, 'INVALID_WORKSPACE_KEY', json);
    const headers = { origin: 'https://elsewhere.example' };
    await contract.call(`${method} ${route}`, 'ORIGIN_NOT_ALLOWED', { ...json, headers });
  }
}
