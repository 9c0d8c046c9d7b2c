import { type IncomingMessage, request } from 'node:http';
import { ApiError, type ErrorBody } from '../../shared/api/errors.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { type ReadFrame, readFrames } from './frame-reader.ts';

/**
 * The events of a command as its agent tells them, from the start or after one that is known. Ends with the connection.
 * @throws ApiError `COMMAND_NOT_FOUND`, `AGENT_UNREACHABLE`
 */
export async function* agentEvents(
  sandboxes: Sandboxes,
  sandbox: SandboxRow,
  { id, after, signal }: { id: string; after: number; signal: AbortSignal },
): AsyncGenerator<ReadFrame> {
  const sent = request({
    path: `/command/${id}/events?line_ends=true&hold=false`,
    signal,
    headers: { host: 'agent', [tokenHeader]: sandbox.token, ...(after >= 0 && { 'last-event-id': after }) },
    agent: sandboxes.connections.of(sandbox.id),
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.once('response', resolve);
  sent.on('error', (cause) => {
    const message = `The sandbox’s agent does not answer: ${cause.message}`;
    reject(cause instanceof ApiError ? cause : new ApiError('AGENT_UNREACHABLE', message, { cause }));
  });
  sent.end();
  const response = await promise;
  if (response.statusCode === 200) return yield* readFrames(response);
  response.resume();
  if (response.statusCode !== 404) throw new ApiError('AGENT_UNREACHABLE', `The agent answers ${response.statusCode}.`);
  const code: ErrorBody['code'] = 'COMMAND_NOT_FOUND';
  throw new ApiError(code, 'The agent knows nothing of it.');
}
