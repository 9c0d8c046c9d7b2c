import type { TestContext } from 'node:test';
import { startAgent, type TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { refusal, TerminalClient } from '../terminals/terminal-client.ts';

/** Everything that routes of terminals may answer. */
export async function terminals(contract: Contract, agent: TestAgent, t: TestContext): Promise<void> {
  const make = (more: object) => ({ json: { cwd: '/', ...more } });
  const { session_id: id } = await contract.call<{ session_id: string }>('POST /pty', 201, make({ cols: 90 }));
  await contract.call('POST /pty', 'WORKING_DIRECTORY_NOT_FOUND', make({ cwd: '/nowhere' }));
  await contract.call('POST /pty', 'INVALID_PARAMETER', make({ cwd: '$NOT_SET' }));
  for (const [settings, code] of [
    [{ CUBBY_USER: 'no-such-user' }, 'UNKNOWN_USER'],
    [{ CUBBY_USER: '0', CUBBY_HARDENED: '1' }, 'USER_NOT_ALLOWED'],
  ] as const) {
    await contract.call('POST /pty', code, { ...make({}), send: (await startAgent(t, settings)).fetch });
  }
  await contract.call('GET /pty', 200);
  const send = async (path: string) => {
    const { status, body } = await refusal(agent, path);
    return Response.json(body, { status });
  };
  const connect = `GET /pty/${id}/ws`;
  await contract.call(connect, 'UPGRADE_REQUIRED');
  await contract.call(`${connect}?since=x`, 'INVALID_PARAMETER');
  await contract.call(`${connect}?mode=viewer`, 'VIEWER_REQUIRES_RUNNING_SESSION', { send });
  await TerminalClient.open(t, agent, id);
  contract.saw(connect, 101);
  await contract.call(connect, 'ALREADY_CONNECTED', { send });
  await contract.call(`GET /pty/${id}`, 200);
  await contract.call(`DELETE /pty/${id}`, 200, { empty: true });
  for (const route of [connect, `GET /pty/${id}`, `DELETE /pty/${id}`]) await contract.call(route, 'CONTEXT_NOT_FOUND');
}
