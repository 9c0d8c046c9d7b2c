import { readEvents, type TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';

/** Every answer about sessions. */
export async function sessions(contract: Contract, agent: TestAgent): Promise<void> {
  const make = (cwd: string) => ({ json: { cwd } });
  const { session_id: id } = await contract.call<{ session_id: string }>('POST /session', 200, make('/'));
  await contract.call('POST /session', 'WORKING_DIRECTORY_NOT_FOUND', make('/proc/nowhere'));
  await contract.call('POST /session', 'INVALID_PARAMETER', make('$NOT_SET'));
  const run = `POST /session/${id}/run`;
  const command = (text: string, more = {}) => ({ json: { command: text, ...more } });
  await contract.call(run, 200, command('echo out; echo err >&2; exit 3'));
  await contract.call(run, 'WORKING_DIRECTORY_NOT_FOUND', command('true', { cwd: '/nowhere' }));
  await contract.call(run, 'INVALID_PARAMETER', command('true', { cwd: '$NOT_SET' }));
  await contract.call(`GET /session/${id}/runs/1/events`, 200);
  await contract.call(`GET /session/${id}/runs/99/events`, 'RUN_NOT_FOUND');
  const responses = [];
  for (let runs = 0; runs <= 16; runs += 1)
    responses.push(await agent.post(`/session/${id}/run`, { command: 'sleep 1000' }));
  await contract.call(run, 'SESSION_BUSY', command('true'));
  await contract.call(`GET /session/${id}`, 200);
  await contract.call('GET /sessions', 200);
  await contract.call(`DELETE /command?id=${id}`, 200);
  await contract.call(`DELETE /session/${id}`, 200, { empty: true });
  await Promise.all(responses.map(readEvents));
  for (const route of [`GET /session/${id}`, `GET /session/${id}/runs/1/events`, `DELETE /session/${id}`])
    await contract.call(route, 'SESSION_NOT_FOUND');
  await contract.call(run, 'SESSION_NOT_FOUND', command('true'));
}
