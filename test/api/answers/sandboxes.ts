import type { Contract } from '../../support/contract/contract.ts';
import { createRequest } from '../../support/control-client.ts';
import { making, resettable, type Sandboxes } from './targets.ts';

/** The life of sandboxes, and what can be wrong with it. */
export async function aboutSandboxes(contract: Contract, { running, ended, lasting }: Sandboxes): Promise<void> {
  const [create, ensure, reset] = making;
  const json = createRequest();
  const { sandbox } = await contract.call<{ sandbox: { id: string } }>(`PUT ${resettable}`, 201, { json });
  await contract.call(`PUT ${resettable}`, 200);
  for (const route of [create, ensure]) await contract.call(route, 'CAPACITY_EXCEEDED', { json });
  await contract.call(`DELETE /v1/sandboxes/${sandbox.id}`, 204);
  const { id } = await contract.call<{ id: string }>(create, 202, { json });
  await contract.call(reset, 'CAPACITY_EXCEEDED', { json });
  await contract.call(`DELETE /v1/sandboxes/${id}`, 204);
  for (const [change, code] of [
    [{ image: null }, 'SANDBOX::INVALID_PARAMETER'],
    [{ metadata: { 'a b': '1' } }, 'SANDBOX::INVALID_METADATA_LABEL'],
    [{ resourceLimits: { gpu: '1' } }, 'SANDBOX::API_NOT_SUPPORTED'],
    [{ extensions: { 'cubby.runtime': 'nobody-has-this' } }, 'SANDBOX::RUNTIME_NOT_AVAILABLE'],
    [{ entrypoint: [''] }, 'DOCKER::INVALID_ENTRYPOINT'],
    [{ image: { uri: 'UPPER' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED'],
    [{ entrypoint: ['/nowhere'] }, 'DOCKER::SANDBOX_START_FAILED'],
  ] as const) {
    for (const route of making) await contract.call(route, code, { json: createRequest(change) });
  }
  for (const prefix of ['', '/v1']) {
    await contract.call(`GET ${prefix}/sandboxes`, 200);
    await contract.call(`GET ${prefix}/sandboxes/${running}`, 200);
  }
  await contract.call('GET /v1/sandboxes?page=0', 'INVALID_PARAMETER');
  await contract.call('GET /v1/sandboxes?metadata=x', 'INVALID_METADATA_FORMAT');
  for (const what of ['logs', 'events', 'logs?scope=all', 'events?scope=all', 'inspect', 'summary'])
    await contract.call(`GET /v1/sandboxes/${ended}/diagnostics/${what}`, 200);
  for (const what of ['logs', 'events'])
    await contract.call(`GET /v1/sandboxes/${ended}/diagnostics/${what}?scope=x`, 'DIAGNOSTICS_SCOPE_UNSUPPORTED');
  await contract.call(`GET /v1/sandboxes/${running}/endpoints/44772`, 200);
  await contract.call(`GET /v1/sandboxes/${running}/endpoints/0`, 'INVALID_PORT');
  await contract.call(`GET /v1/sandboxes/${running}/endpoints/80?expires=0`, 'SANDBOX::INVALID_PARAMETER');
  const patch = `PATCH /v1/sandboxes/${ended}/metadata`;
  await contract.call(patch, 200, { json: { purpose: 'test', other: null } });
  await contract.call(patch, 'SANDBOX::INVALID_METADATA_LABEL', { json: { 'a b': '1' } });
  const renewal = { expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  const renew = (id: string) => `POST /v1/sandboxes/${id}/renew-expiration`;
  await contract.call(renew(running), 200, { json: renewal });
  await contract.call(renew(running), 'DOCKER::INVALID_EXPIRATION', { json: { expiresAt: '2001-01-01T00:00:00Z' } });
  await contract.call(renew(ended), 'DOCKER::SANDBOX_NOT_RUNNING', { json: renewal });
  await contract.call(renew(lasting), 'DOCKER::EXPIRATION_NOT_EXTENDED', { json: renewal });
  for (const operation of contract.operations.filter((one) => contract.describes(one, 'DOCKER::SANDBOX_NOT_FOUND'))) {
    const path = operation.path.replace('{port}', '80').replace(/\{\w+\}/g, 'nobody');
    await contract.call(`${operation.method} ${path}`, 'DOCKER::SANDBOX_NOT_FOUND', {
      ...(contract.describes(operation, 'PAYLOAD_TOO_LARGE') && { json: bodies[operation.operationId] ?? renewal }),
    });
  }
}

/** Bodies of operations that take a list. */
const bodies: Record<string, unknown> = {
  createExecution: { sandboxId: 'nobody', language: 'shell', code: 'true' },
  patchEgressPolicy: [{ action: 'allow', target: 'a.example' }],
  patchNetworkPolicy: [{ action: 'allow', target: 'a.example' }],
  deleteEgressPolicy: ['a.example'],
  deleteNetworkPolicy: ['a.example'],
};

/** A pause, and who can’t be paused. */
export async function aboutPaused(contract: Contract, { running, ended }: Sandboxes): Promise<void> {
  const [pause, resume] = ['pause', 'resume'].map((verb) => (id: string) => `POST /v1/sandboxes/${id}/${verb}`);
  await contract.call(resume!(running), 'DOCKER::SANDBOX_NOT_PAUSED');
  await contract.call(pause!(running), 202);
  await contract.call(resume!(running), 202);
  await contract.call(pause!(ended), 'DOCKER::SANDBOX_NOT_RUNNING');
}
