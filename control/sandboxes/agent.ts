import { type Agent, request as httpRequest } from 'node:http';
import { ApiError, type ErrorBody } from '../../shared/api/errors.ts';
import { creating } from '../../shared/http/connections.ts';
import type { Runtime } from '../runtimes/runtime.ts';

/** The header that opens an agent. */
export const tokenHeader = 'x-execd-access-token';

export interface AgentCall {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  signal: AbortSignal;
  /** Kept connections, for a call that is made often; one of its own otherwise. */
  via?: Agent;
  /** A longer answer is broken off. */
  mostBytes?: number;
}

/** What an agent has answered, whatever it is. */
export interface AgentAnswer {
  status: number;
  /** Of its body. */
  type: string;
  body: Buffer;
}

/**
 * One small call of control's own to an agent. Its answer is not trusted beyond being JSON of a bounded size.
 * @throws ApiError `AGENT_UNREACHABLE`, or `RUNTIME_ERROR` with what the agent answered
 */
export async function callAgent(
  runtime: Runtime,
  sandbox: { id: string; token: string },
  call: AgentCall,
): Promise<unknown> {
  const { status, type, body } = await askAgent(runtime, sandbox, call);
  // A stream of events is read to its end, and left aside.
  const value = type.includes('json') && body.length > 0 ? (JSON.parse(body.toString()) as unknown) : undefined;
  if (status === 200) return value;
  const { message } = value as ErrorBody;
  throw new ApiError('RUNTIME_ERROR', String(message));
}

/** Sends a call to an agent and reads all of its answer, a refusal too. @throws ApiError `AGENT_UNREACHABLE` */
export function askAgent(
  runtime: Pick<Runtime, 'connect'>,
  sandbox: { id: string; token: string },
  call: AgentCall,
): Promise<AgentAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<AgentAnswer>();
  const { mostBytes = 64 * 1024 } = call;
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
  const unreachable = (cause: Error) =>
    cause instanceof ApiError
      ? cause
      : new ApiError('AGENT_UNREACHABLE', `The sandbox’s agent does not answer: ${cause.message}`, { cause });
  sent.once('error', (cause) => reject(unreachable(cause)));
  sent.once('response', (response) => {
    const parts: Buffer[] = [];
    let size = 0;
    response.on('data', (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size > mostBytes) response.destroy(new Error('the agent’s answer is too long'));
    });
    response.once('error', (cause) => reject(unreachable(cause)));
    response.once('end', () => {
      const type = response.headers['content-type'] ?? '';
      resolve({ status: response.statusCode!, type, body: Buffer.concat(parts) });
    });
  });
  sent.end(body);
  return promise;
}
