import { makingErrors } from '../../../shared/api/making-errors.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { smallImage } from '../../support/control-client.ts';

/** The same as sessions of a template. */
export async function aboutTemplateSessions(contract: Contract): Promise<void> {
  await contract.call('PUT /v1/templates/session', 201, { json: { image: { uri: smallImage } } });
  const { id } = await contract.call<{ id: string }>('POST /api/v1/sessions', 201, {
    json: { template_id: 'session' },
  });
  await contract.call('POST /api/v1/sessions', 'TEMPLATE_NOT_FOUND', { json: { template_id: 'nobody' } });
  await contract.call('POST /api/v1/sessions', 'INVALID_TEMPLATE_NAME', { json: { template_id: '@' } });
  for (const path of ['sessions', `sessions/${id}`]) await contract.call(`GET /api/v1/${path}`, 200);
  await contract.call('GET /api/v1/sessions?limit=0', 'INVALID_PARAMETER');
  const json = { language: 'shell', code: 'echo out' };
  const routes = [
    `sessions/${id}/execute`,
    `executions/sessions/${id}/execute`,
    `executions/sessions/${id}/execute-sync`,
  ];
  for (const path of routes) {
    const isSync = path.endsWith('sync');
    const route = `POST /api/v1/${path}`;
    if (isSync) await contract.call(`${route}?sync_timeout=0`, 'INVALID_PARAMETER', { json });
    if (isSync) await contract.call(route, 200, { json });
    const execution = { ...json, code: 'exec sleep 1000' };
    const long = await contract.call<{ execution_id: string }>(`POST /api/v1/${routes[0]}`, 201, { json: execution });
    await contract.call(route, 'CAPACITY_EXCEEDED', { json });
    await contract.call(`POST /v1/executions/${long.execution_id}/cancel`, 200);
    for (const what of ['', '/status', '/result']) {
      await contract.call(`GET /api/v1/executions/${long.execution_id}${what}`, 200);
      await contract.call(`GET /api/v1/executions/nobody${what}`, 'EXECUTION_NOT_FOUND');
    }
    await contract.call(route.replace(id, 'nobody'), 'SESSION_NOT_FOUND', { json });
    if (isSync) continue;
    const begun = await contract.call<{ execution_id: string }>(route, 201, { json });
    await contract.call(`GET /v1/executions/${begun.execution_id}?wait=60`, 200);
  }
  for (const path of [`sessions/${id}/executions`, `executions/sessions/${id}/executions`]) {
    await contract.call(`GET /api/v1/${path}`, 200);
    await contract.call(`GET /api/v1/${path}?limit=0`, 'INVALID_PARAMETER');
    await contract.call(`GET /api/v1/${path.replace(id, 'nobody')}`, 'SESSION_NOT_FOUND');
  }
  for (const method of ['GET', 'DELETE']) await contract.call(`${method} /api/v1/sessions/nobody`, 'SESSION_NOT_FOUND');
  await contract.call(`DELETE /api/v1/sessions/${id}`, 200);
}

/** A session is made as every sandbox is. */
export function excusedOfSessions(): Record<string, string> {
  const others = makingErrors.filter((code) => code !== 'TEMPLATE_NOT_FOUND' && code !== 'INVALID_TEMPLATE_NAME');
  return Object.fromEntries(others.map((code) => [`createTemplateSession ${code}`, 'as POST /v1/sandboxes']));
}
