import { readEvents, type TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';

/** Everything that routes of code cells may answer. */
export async function code(contract: Contract, agent: TestAgent): Promise<void> {
  const create = (more: object) => ({ json: { language: 'python', ...more } });
  const { id } = await contract.call<{ id: string }>('POST /code/context', 200, create({}));
  await contract.call(`GET /code/contexts/${id}`, 200);
  await contract.call('GET /code/contexts?language=python', 200);
  await contract.call('GET /code/kernels', 200);
  const cell = { json: { code: 'while True: pass', context: { id } } };
  const busy = await agent.post('/code', cell.json);
  await contract.call('POST /code', 'CONTEXT_BUSY', cell);
  await contract.call(`DELETE /code?id=${id}`, 200);
  await readEvents(busy);
  await contract.call(`DELETE /code/contexts/${id}`, 200);
  for (const route of ['GET /code/contexts/nobody', 'DELETE /code/contexts/nobody', 'DELETE /code?id=nobody'])
    await contract.call(route, 'CONTEXT_NOT_FOUND');
  await contract.call('POST /code', 'CONTEXT_NOT_FOUND', cell);
  for (const route of ['GET /code/contexts?language=', 'DELETE /code/contexts?language=', 'DELETE /code?id='])
    await contract.call(route, 'INVALID_PARAMETER');
  for (const route of ['DELETE /code/contexts', 'DELETE /code']) await contract.call(route, 'MISSING_QUERY');
  for (const [language, error] of [
    ['cobol', 'KERNEL_NOT_AVAILABLE'],
    ['broken', 'KERNEL_DIED'],
  ] as const) {
    await contract.call('POST /code/context', error, create({ language }));
    await contract.call('POST /code', error, { json: { code: '', context: { language } } });
  }
  await contract.call('POST /code/context', 'WORKING_DIRECTORY_NOT_FOUND', create({ cwd: '/nowhere' }));
  await contract.call('POST /code/context', 'INVALID_PARAMETER', create({ cwd: '$NOT_SET' }));
}
