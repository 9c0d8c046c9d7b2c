import { readEvents, type TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { until } from '../../support/until.ts';

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
  await executions(contract, agent, id);
  await contract.call(`POST /code/contexts/${id}/interrupt`, 200);
  await contract.call(`POST /code/contexts/${id}/restart`, 200);
  await contract.call(`DELETE /code/contexts/${id}`, 200);
  for (const route of [
    'GET /code/contexts/nobody',
    'DELETE /code/contexts/nobody',
    'DELETE /code?id=nobody',
    'POST /code/contexts/nobody/interrupt',
    'POST /code/contexts/nobody/restart',
  ])
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
  const noVariables = { code: '', context: { language: 'cobol' }, envs: { NAME: 'value' } };
  await contract.call('POST /code', 'INVALID_PARAMETER', { json: noVariables });
  await contract.call('POST /code/context', 'WORKING_DIRECTORY_NOT_FOUND', create({ cwd: '/nowhere' }));
  await contract.call('POST /code/context', 'INVALID_PARAMETER', create({ cwd: '$NOT_SET' }));
}

async function executions(contract: Contract, agent: TestAgent, id: string): Promise<void> {
  const asking = await agent.post('/code', { code: 'input("name? ")', context: { id }, allow_input: true });
  const execution = asking.headers.get('x-execution-id')!;
  const answer = { json: { value: 'somebody' } };
  const path = `/code/executions/${execution}`;
  await until(async () => (await (await agent.fetch(path)).text()).includes('waiting_for_input'), 'the cell asks');
  await contract.call(`GET ${path}`, 200);
  await contract.call(`POST ${path}/input`, 200, answer);
  await readEvents(asking);
  await contract.call(`POST ${path}/input`, 'INPUT_NOT_REQUESTED', answer);
  await contract.call(`GET ${path}/events`, 200);
  await contract.call(`GET ${path}/events?after=x`, 'INVALID_PARAMETER');
  await contract.call(`GET /code/executions?context=${id}`, 200);
  await contract.call(`GET /code/executions?context=${'x'.repeat(129)}`, 'INVALID_PARAMETER');
  await contract.call(`DELETE ${path}`, 'EXECUTION_NOT_RUNNING');
  const running = await agent.post('/code', { code: 'while True: pass', context: { id } });
  await contract.call(`DELETE /code/executions/${running.headers.get('x-execution-id')}`, 200);
  await readEvents(running);
  for (const route of [
    'GET /code/executions/nobody',
    'GET /code/executions/nobody/events',
    'DELETE /code/executions/nobody',
  ])
    await contract.call(route, 'EXECUTION_NOT_FOUND');
  await contract.call('POST /code/executions/nobody/input', 'EXECUTION_NOT_FOUND', answer);
}
