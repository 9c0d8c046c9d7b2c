import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Contract } from '../../support/contract/contract.ts';

/** Everything that the route of imports may answer, for a workspace of a control that allows 127.0.0.1. */
export async function imports(contract: Contract, workspace: string, t: TestContext): Promise<void> {
  const asked = Promise.withResolvers<ServerResponse>();
  const store = createServer((_, response) => {
    if (response.req.url === '/slow') asked.resolve(response);
    else response.writeHead(response.req.url === '/object' ? 200 : 404).end('x');
  });
  t.after(() => new Promise((resolve) => store.close(resolve)));
  await once(store.listen(0, '127.0.0.1'), 'listening');
  const from = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  const imported = (more: object) => ({ json: { path: '/tmp/imported', url: `${from}/object`, ...more } });
  const route = `POST ${workspace}/imports`;
  await contract.call(route, 200, imported({}));
  await contract.call(route, 'STORE_REFUSED', imported({ url: `${from}/missing` }));
  await contract.call(route, 'STORE_UNREACHABLE', imported({ url: 'http://127.0.0.1:1/object' }));
  await contract.call(route, 'TRANSFER_URL_NOT_ALLOWED', imported({ url: 'http://10.0.0.1/object' }));
  const first = contract.call(route, 200, imported({ url: `${from}/slow` }));
  const slow = await asked.promise;
  await contract.call(route, 'TOO_MANY_TRANSFERS', imported({}));
  slow.end('x');
  await first;
  await contract.call(route, 'INVALID_FILE', imported({ path: '/tmp' }));
  await contract.call(route, 'INVALID_PARAMETER', imported({ path: '$NOT_SET' }));
  await contract.call(route, 'INVALID_REQUEST_BODY', imported({ url: 'file:///etc/passwd' }));
  await contract.call('POST /v1/workspaces/nobody/imports', 'INVALID_WORKSPACE_KEY', imported({}));
}
