import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ErrorCode } from '../../../shared/api/errors.ts';
import { startAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { freePort } from '../kernels/server/jupyter-server.ts';
import type { Place } from './place.ts';

/** What routes of code cells answer where the sandbox's environment names a kernel server that is of no use. */
export async function kernelServers(contract: Contract, place: Place, t: TestContext): Promise<void> {
  const refusing = createServer((_, response) => response.writeHead(403).end());
  const port = await freePort();
  await new Promise<void>((resolve) => refusing.listen(port, '127.0.0.1', resolve));
  t.after(() => void refusing.close());
  for (const [url, error] of [
    [`http://127.0.0.1:${await freePort()}`, 'KERNEL_SERVER_UNREACHABLE'],
    [`http://127.0.0.1:${port}`, 'KERNEL_SERVER_REFUSED'],
    ['http://example.org', 'KERNEL_NOT_AVAILABLE'],
  ] as [string, ErrorCode][]) {
    const environ = join(place.files[0]!.dir, 'environ');
    writeFileSync(environ, `PATH=${process.env.PATH}\0CUBBY_KERNEL_SERVER_URL=${url}\0`);
    const settings = { CUBBY_ENVIRON: environ, CUBBY_USER: place.user, CUBBY_KERNEL_SERVER_PATIENCE_MS: '1' };
    const { fetch: send } = await startAgent(t, settings);
    await contract.call('GET /code/kernels', error, { send });
    await contract.call('POST /code/context', error, { send, json: {} });
    await contract.call('POST /code', error, { send, json: { code: '1' } });
  }
}
