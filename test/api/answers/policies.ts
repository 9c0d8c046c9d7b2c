import type { Contract } from '../../support/contract/contract.ts';
import type { Sandboxes } from './targets.ts';

/** Network policies, by the sidecar’s way and by control’s. */
export async function aboutPolicies(contract: Contract, { running, ended }: Sandboxes): Promise<void> {
  const sidecar = `/v1/sandboxes/${running}/proxy/18080`;
  for (const prefix of ['', '/v1']) await contract.call(`GET ${prefix}/sandboxes/${running}/proxy/18080/healthz`, 200);
  await contract.call(`GET ${sidecar.replace(running, ended)}/healthz`, 'DOCKER::SANDBOX_NOT_RUNNING');
  const stranger = { 'open-sandbox-api-key': 'wrong' };
  for (const path of [`${sidecar}/policy`, `/v1/sandboxes/${running}/networkpolicy`]) {
    for (const [method, json] of [
      ['GET', undefined],
      ['PUT', { defaultAction: 'allow' }],
      ['POST', {}],
      ['PATCH', [{ action: 'allow', target: 'a.example' }]],
      ['DELETE', ['a.example']],
    ] as const) {
      await contract.call(`${method} ${path}`, 200, { json });
      await contract.call(`${method} ${path.replace(running, ended)}`, 'DOCKER::SANDBOX_NOT_RUNNING', { json });
      if (path.startsWith(sidecar))
        await contract.call(`${method} ${path}`, 'INVALID_ACCESS_TOKEN', { headers: stranger });
    }
  }
  for (const { operationId, method, path } of contract.operations) {
    if (!/Credential|Binding/.test(operationId) || !path.startsWith('/v1/')) continue;
    const vault = path.replace('{sandboxId}', running).replace('{name}', 'x');
    await contract.call(`${method} ${vault}`, 'NOT_SUPPORTED');
    await contract.call(`${method} ${vault}`, 'INVALID_ACCESS_TOKEN', { headers: stranger });
  }
  await contract.call(`PUT ${sidecar}/policy`, 200, { json: { defaultAction: 'allow' } });
}
