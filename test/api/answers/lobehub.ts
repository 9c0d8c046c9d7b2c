import type { ErrorCode } from '../../../shared/api/errors.ts';
import { makingErrors } from '../../../shared/api/making-errors.ts';
import type { Contract, Send } from '../../support/contract/contract.ts';
import { jitToken, type Signing } from '../../support/lobehub.ts';

/** The user of LobeHub's that has the workspace `resettable`. */
const lobehubUser = { sub: 'resettable' };
const lobehubRoutes = ['commands/terminal', 'tasks', 'tasks/x', 'tasks/x/cancel'].map((way) => `/api/v1/${way}`);

/** Sends LobeHub's token where it is asked for. */
export function asLobehub(send: Send): Send {
  return (path, init) => {
    if (!path.startsWith('/api/v1/')) return send(path, init);
    const authorization = `Bearer ${jitToken(lobehubUser)}`;
    return send(path, { ...init, headers: { authorization, ...Object.fromEntries(new Headers(init.headers)) } });
  };
}

/** What LobeHub asks for. */
export async function aboutTasks(contract: Contract): Promise<void> {
  const run = 'POST /api/v1/commands/terminal';
  const input = { command: 'echo ok', create_if_missing: true, session_id: 's' };
  await contract.call(run, 200, { json: input });
  await contract.call(run, 'SESSION_NOT_FOUND', { json: { command: 'true', session_id: 'none' } });
  const task = (json: object, status: 200 | 202) =>
    contract.call<{ task_id: string }>('POST /api/v1/tasks', status, { json });
  const done = await task({ capability: 'terminalExec', input, mode: 'sync' }, 200);
  await task({ capability: 'terminalResource', input: { session_id: 's', file_path: '/bin/sh' }, mode: 'sync' }, 200);
  const begun = await task(
    { capability: 'terminalExec', input: { ...input, command: 'sleep 1000' }, mode: 'async' },
    202,
  );
  await contract.call(`GET /api/v1/tasks/${begun.task_id}`, 200);
  await contract.call(`POST /api/v1/tasks/${begun.task_id}/cancel`, 200);
  await contract.call(`POST /api/v1/tasks/${done.task_id}/cancel`, 'TASK_NOT_RUNNING');
  await contract.call('GET /api/v1/tasks/none', 'TASK_NOT_FOUND');
  await contract.call('POST /api/v1/tasks/none/cancel', 'TASK_NOT_FOUND');
  for (const [i, path] of lobehubRoutes.entries()) {
    const method = i === 2 ? 'GET' : 'POST';
    const refuse = (code: ErrorCode, signing: Signing) =>
      contract.call(`${method} ${path}`, code, { headers: { authorization: `Bearer ${jitToken(signing)}` } });
    await refuse('INVALID_JIT_TOKEN', { ...lobehubUser, key: 'another' });
    await refuse('JIT_TOKEN_EXPIRED', { ...lobehubUser, exp: 1 });
    await refuse('INVALID_WORKSPACE_KEY', { sub: '..' });
  }
}

/** A session's workspace is made where there is none, and refused with what that is. */
export function excusedOfLobehub(): Record<string, string> {
  const elsewhere = 'tested in test/api/95-lobehub.test.ts';
  const making = [...makingErrors, 'DOCKER::SANDBOX_NOT_RUNNING'].map((code) => [
    `runInLobehubSession ${code}`,
    'as PUT /v1/workspaces/{key}',
  ]);
  return {
    LOBEHUB_NOT_CONFIGURED: `needs a server without a key: ${elsewhere}`,
    TOO_MANY_TASKS: 'needs a hundred of them: test/api/95-lobehub-tasks.test.ts',
    TOO_MANY_SESSIONS: 'needs a thousand of them: test/control/lobehub/leases.test.ts',
    'runInLobehubSession TOO_MANY_COMMANDS': 'needs a thousand of them: test/agent/commands',
    'runInLobehubSession SPOOL_FULL': 'needs a full disk: test/agent/processes',
    'runInLobehubSession RUNTIME_ERROR': 'needs an agent that fails',
    ...Object.fromEntries(making),
  };
}
