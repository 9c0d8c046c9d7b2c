import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { ErrorCode } from '../../../shared/api/errors.ts';
import type { Contract } from '../../support/contract/contract.ts';
import type { TestControl } from '../../support/control.ts';
import { signedHeaders } from '../../support/signing.ts';
import { until } from '../../support/until.ts';
import { bare } from './bare.ts';
import { resettable } from './targets.ts';

/** What is below a workspace's key, and who may not come there, nor to the key itself. */
export async function throughWorkspaces(contract: Contract, control: TestControl): Promise<void> {
  const isOfThem = (path: string) => path.startsWith('/v1/workspaces');
  const send = bare(control);
  for (const { method, path: template } of contract.operations.filter(({ path }) => isOfThem(path))) {
    const path = template.replace('{key}', 'app:resettable').replace('{path}', 'proxy/80/');
    const route = `${method} ${path}`;
    const refuse = (code: ErrorCode, headers: Record<string, string>) => contract.call(route, code, { headers, send });
    const now = Math.floor(Date.now() / 1000);
    await refuse('INVALID_SIGNATURE', signedHeaders({ method, path: `${path}x` }));
    await refuse('SIGNATURE_EXPIRED', signedHeaders({ method, path, time: now - 1000 }));
    await refuse('BODY_NOT_AS_SIGNED', signedHeaders({ method, path, body: 'x' }));
    const once = signedHeaders({ method, path, body: 'x' });
    await refuse('BODY_NOT_AS_SIGNED', once);
    await refuse('SIGNATURE_REPLAYED', once);
    const theirs = path.replace('app:', 'other:') + (template.includes('{key}') ? '' : '?issuer=other');
    const headers = signedHeaders({ method, path: theirs });
    await contract.call(`${method} ${theirs}`, 'ISSUER_NOT_ALLOWED', {
      headers,
      send,
    });
    if (!template.endsWith('{path}')) continue;
    await refuse('INVALID_ACCESS_TOKEN', {});
    await contract.call(route, 502);
    await contract.call(`${method} ${resettable}/nothing`, 'ROUTE_NOT_FOUND');
    await contract.call(`${method} /v1/workspaces/nobody/proxy/80/`, 'INVALID_WORKSPACE_KEY');
    await contract.call(`${method} /v1/workspaces/app:nobody/proxy/80/`, 'WORKSPACE_NOT_FOUND');
  }
  const headers = { 'open-sandbox-api-key': control.apiKey };
  const ensured = await contract.call<{ sandbox: { id: string } }>(`PUT ${resettable}`, 200);
  const agent = await control.agent(ensured.sandbox.id);
  const agreement = 'HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n';
  await agent.background(`printf '${agreement}' | nc -l -p 9000`);
  await until(async () => (await agent.run('grep -qi :2328 /proc/net/tcp*')).exitCode === 0, 'somebody listens');
  const upgrade = await upgraded(`${control.url}${resettable}/proxy/9000/`, headers);
  assert.equal(upgrade, 101);
  contract.saw(`GET ${resettable}/proxy/9000/`, 101);
  assert.equal((await control.delete(ensured.sandbox.id)).status, 204);
  for (const { method } of contract.operations.filter(({ path }) => path === '/v1/workspaces/{key}/{path}'))
    await contract.call(`${method} ${resettable}/proxy/80/`, 'WORKSPACE_HAS_NO_SANDBOX');
}

/** The status that a request for another protocol is answered with. */
async function upgraded(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const sent = request(url, { headers: { ...headers, connection: 'Upgrade', upgrade: 'websocket' }, agent: false });
  sent.once('upgrade', ({ statusCode }, socket) => {
    socket.destroy();
    resolve(statusCode);
  });
  sent
    .once('response', ({ statusCode }) => resolve(statusCode))
    .once('error', reject)
    .end();
  return await promise;
}
