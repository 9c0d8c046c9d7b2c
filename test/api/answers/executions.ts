import type { Contract } from '../../support/contract/contract.ts';
import type { Sandboxes } from './targets.ts';

/** Executions, to their end and beyond. */
export async function aboutExecutions(contract: Contract, { running }: Sandboxes): Promise<void> {
  const route = 'POST /v1/executions';
  const json = { sandboxId: running, language: 'shell', code: 'echo out' };
  const { id } = await contract.call<{ id: string }>(`${route}?wait=60`, 201, { json, headers: { prefer: 'wait=60' } });
  await contract.call(route, 201, { json, headers: { prefer: 'wait=60' } });
  await contract.call(`${route}?stream=true`, 201, { json });
  await contract.call(`${route}?wait=x`, 'INVALID_PARAMETER', { json });
  await contract.call('GET /v1/executions', 200);
  await contract.call('GET /v1/executions?page=0', 'INVALID_PARAMETER');
  await contract.call(`GET /v1/executions/${id}`, 200);
  await contract.call(`GET /v1/executions/${id}?wait=x`, 'INVALID_PARAMETER');
  await contract.call(`GET /v1/executions/${id}/events`, 200);
  const long = await contract.call<{ id: string }>(route, 201, {
    json: { ...json, code: 'exec sleep 1000', timeout: 600 },
  });
  await contract.call(route, 'CAPACITY_EXCEEDED', { json });
  await contract.call(`POST /v1/executions/${long.id}/cancel`, 200);
  await contract.call(`POST /v1/executions/${long.id}/cancel`, 'EXECUTION_NOT_RUNNING');
  await contract.call(`DELETE /v1/executions/${id}`, 204);
  for (const gone of [
    `GET /v1/executions/${id}`,
    `GET /v1/executions/${id}/events`,
    `DELETE /v1/executions/${id}`,
    `POST /v1/executions/${id}/cancel`,
  ])
    await contract.call(gone, 'EXECUTION_NOT_FOUND');
  for (const [where, code] of [
    [{ sandboxId: 'nobody' }, 'DOCKER::SANDBOX_NOT_FOUND'],
    [{ workspace: 'nobody' }, 'INVALID_WORKSPACE_KEY'],
    [{ workspace: 'app:nobody' }, 'WORKSPACE_NOT_FOUND'],
    [{ template: '@' }, 'INVALID_TEMPLATE_NAME'],
    [{ template: 'nobody' }, 'TEMPLATE_NOT_FOUND'],
  ] as const)
    await contract.call(route, code, { json: { language: 'shell', code: 'true', ...where } });
}
