import { ApiError, type ErrorBody } from '../../shared/api/errors.ts';
import { openAgent } from '../sandboxes/agent.ts';
import { type ReadFrame, readFrames } from '../sandboxes/agent-frames.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';

/**
 * The events of a command as its agent tells them, from the start or after one that is known. Ends with the connection.
 * @throws ApiError `COMMAND_NOT_FOUND`, `AGENT_UNREACHABLE`
 */
export async function* agentEvents(
  sandboxes: Sandboxes,
  sandbox: SandboxRow,
  { id, after, signal }: { id: string; after: number; signal: AbortSignal },
): AsyncGenerator<ReadFrame> {
  const response = await openAgent(sandboxes.runtime, sandbox, {
    method: 'GET',
    path: `/command/${id}/events?line_ends=true&hold=false`,
    ...(after >= 0 && { headers: { 'last-event-id': after } }),
    signal,
    via: sandboxes.connections.of(sandbox.id),
  });
  if (response.statusCode === 200) return yield* readFrames(response);
  response.resume();
  if (response.statusCode !== 404) throw new ApiError('AGENT_UNREACHABLE', `The agent answers ${response.statusCode}.`);
  const code: ErrorBody['code'] = 'COMMAND_NOT_FOUND';
  throw new ApiError(code, 'The agent knows nothing of it.');
}
