import { type Agent, request as httpRequest } from 'node:http';
import { ApiError, type ErrorBody } from '../../shared/api/errors.ts';
import { creating } from '../../shared/http/connections.ts';
import type { Runtime } from '../runtimes/runtime.ts';

/** The header that opens an agent. */
export const tokenHeader = 'x-execd-access-token';

export interface AgentCall {
  method: 'GET' | 'POST';
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  signal: AbortSignal;
  /** Kept connections, for a call that is made often; one of its own otherwise. */
  via?: Agent;
}

/**
 * One small call of control's own to an agent. Its answer is not trusted beyond being JSON of a bounded size.
 * @throws ApiError `AGENT_UNREACHABLE`, or what the agent answered
 */
export function callAgent(runtime: Runtime, sandbox: { id: string; token: string }, call: AgentCall): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const sent = httpRequest({
    method: call.method,
    path: call.path,
    signal: call.signal,
    headers: {
      host: 'agent',
      [tokenHeader]: sandbox.token,
      'content-length': body?.length ?? 0,
      ...(body && { 'content-type': 'application/json' }),
      ...(!call.via && { connection: 'close' }),
    },
    ...(call.via ? { agent: call.via } : { createConnection: creating(() => runtime.connect(sandbox.id)) }),
  });
  sent.once('error', (cause) => {
    if (cause instanceof ApiError) reject(cause);
    else reject(new ApiError('AGENT_UNREACHABLE', `The sandbox’s agent does not answer: ${cause.message}`, { cause }));
  });
  sent.once('response', (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
      if (text.length > 64 * 1024) response.destroy(new Error('the agent’s answer is too long'));
    });
    response.once('error', reject);
    response.once('end', () => {
      try {
        // A stream of events is read to its end, and left aside.
        const isJson = response.headers['content-type']?.includes('json') ?? false;
        const body = isJson && text ? (JSON.parse(text) as unknown) : undefined;
        if (response.statusCode === 200) return resolve(body);
        const { message } = body as ErrorBody;
        reject(new ApiError('RUNTIME_ERROR', String(message)));
      } catch (error) {
        reject(error);
      }
    });
  });
  sent.end(body);
  return promise;
}
