import type { ErrorCode } from '../../../shared/api/errors.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { createRequest } from '../../support/control-client.ts';
import type { StallingEngine } from '../../support/stalling-engine.ts';
import { aboutPackages } from './packages.ts';
import { making } from './targets.ts';

/** Refuses a template on all routes that make one. */
export async function refuseTemplates(contract: Contract, code: ErrorCode, spec: object): Promise<void> {
  await contract.call('POST /v1/templates', code, { json: { name: 'refused', ...spec } });
  await contract.call('PUT /v1/templates/refused', code, { json: spec });
  // A patch takes away by a null.
  const patch = Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, value ?? null]));
  await contract.call('PATCH /v1/templates/patched', code, { json: patch });
}

/** Templates, their pools and their packages. */
export async function aboutTemplates(contract: Contract, engine: StallingEngine): Promise<void> {
  const json = createRequest();
  const [post, one] = ['POST /v1/templates', '/v1/templates/one'];
  await contract.call(post, 201, { json: { name: 'one', ...json } });
  await contract.call(post, 'TEMPLATE_ALREADY_EXISTS', { json: { name: 'one', ...json } });
  await contract.call(`PUT ${one}`, 200, { json });
  await contract.call('PUT /v1/templates/patched', 201, { json });
  await contract.call('PUT /v1/templates/two', 201, {
    json: createRequest({ env: { A: '1' }, pool: { min: 0, max: 1 } }),
  });
  await contract.call(`PATCH ${one}`, 200, { json: { timeout: 100 } });
  for (const prefix of ['', '/v1']) {
    await contract.call(`GET ${prefix}/pools`, 200);
    await contract.call(`GET ${prefix}/pools/two`, 200);
    await contract.call(`GET ${prefix}/pools/nobody`, 'KUBERNETES::POOL_NOT_FOUND');
  }
  await contract.call(`GET ${one}@1`, 200);
  await contract.call('GET /v1/templates', 200);
  await contract.call('GET /v1/templates?page=0', 'INVALID_PARAMETER');
  const volume = { name: 'v', mountPath: '/v', pvc: { claimName: 'vol' } };
  for (const [change, code] of [
    [{ resourceLimits: { memory: '1' } }, 'SANDBOX::INVALID_PARAMETER'],
    [{ metadata: { 'a b': '1' } }, 'SANDBOX::INVALID_METADATA_LABEL'],
    [{ resourceLimits: { gpu: '1' } }, 'SANDBOX::API_NOT_SUPPORTED'],
    [{ extensions: { 'cubby.runtime': 'nobody-has-this' } }, 'SANDBOX::RUNTIME_NOT_AVAILABLE'],
    [{ entrypoint: [''] }, 'DOCKER::INVALID_ENTRYPOINT'],
    [{ image: { uri: 'UPPER' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED'],
    [{ image: null, snapshotId: 'nobody' }, 'SNAPSHOT::NOT_FOUND'],
    [{ volumes: [{ ...volume, name: 'A' }] }, 'VOLUME::INVALID_NAME'],
    [{ volumes: [volume, { ...volume, mountPath: '/w' }] }, 'VOLUME::DUPLICATE_NAME'],
    [{ volumes: [{ ...volume, host: { path: '/v' } }] }, 'VOLUME::INVALID_BACKEND'],
    [{ volumes: [{ name: 'v', mountPath: '/v', ossfs: {} }] }, 'VOLUME::UNSUPPORTED_BACKEND'],
    [{ volumes: [{ ...volume, mountPath: '/' }] }, 'VOLUME::INVALID_MOUNT_PATH'],
    [{ volumes: [{ ...volume, subPath: '..' }] }, 'VOLUME::INVALID_SUB_PATH'],
    [{ volumes: [{ name: 'v', mountPath: '/v', host: { path: '..' } }] }, 'VOLUME::INVALID_HOST_PATH'],
    [{ volumes: [{ name: 'v', mountPath: '/v', host: { path: '/etc' } }] }, 'VOLUME::HOST_PATH_NOT_ALLOWED'],
    [{ volumes: [{ ...volume, pvc: { claimName: 'A' } }] }, 'VOLUME::INVALID_PVC_NAME'],
  ] as const) {
    await refuseTemplates(contract, code, createRequest(change));
  }
  for (const route of making) {
    await contract.call(route, 'TEMPLATE_NOT_FOUND', { json: { ...json, template: 'nobody' } });
    await contract.call(route, 'INVALID_TEMPLATE_NAME', { json: { ...json, template: 'A' } });
  }
  await contract.call(post, 'INVALID_TEMPLATE_NAME', { json: { name: 'A', ...json } });
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
    await contract.call(`${method} /v1/templates/A`, 'INVALID_TEMPLATE_NAME', {
      ...(method.startsWith('P') && { json }),
    });
  for (const method of ['GET', 'PATCH', 'DELETE'])
    await contract.call(`${method} /v1/templates/nobody`, 'TEMPLATE_NOT_FOUND', {
      ...(method === 'PATCH' && { json }),
    });
  const theirs = { image: 'a', publish: 's3://a/b' };
  await contract.call(post, 'FSB::API_NOT_SUPPORTED', { json: theirs });
  for (const method of ['GET', 'DELETE'])
    await contract.call(`${method} /v1/templates/tpl_1`, 'FSB::API_NOT_SUPPORTED');
  await contract.call('GET /v1/templates', 'FSB::API_NOT_SUPPORTED', {
    headers: { 'user-agent': 'OpenSandbox-Go-SDK/1' },
  });
  await aboutPackages(contract, engine);
  for (const name of ['one', 'two']) await contract.call(`DELETE /v1/templates/${name}`, 204);
}
