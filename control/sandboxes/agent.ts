import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
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
  /** Beside those that every call has. */
  headers?: Record<string, string | number>;
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
  runtime: Pick<Runtime, 'connect'>,
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
export async function askAgent(
  runtime: Pick<Runtime, 'connect'>,
  sandbox: { id: string; token: string },
  { mostBytes = 64 * 1024, ...call }: AgentCall,
): Promise<AgentAnswer> {
  const response = await openAgent(runtime, sandbox, call);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size > mostBytes) throw new Error('the agent’s answer is too long');
    }
  } catch (cause) {
    throw unreachable(cause as Error);
  }
  const type = response.headers['content-type'] ?? '';
  return { status: response.statusCode!, type, body: Buffer.concat(parts) };
}

/** Sends a call to an agent, and settles when its answer begins, a refusal too. @throws ApiError `AGENT_UNREACHABLE` */
export function openAgent(
  runtime: Pick<Runtime, 'connect'>,
  { id, token }: { id: string; token: string },
  { method, path, body, headers, signal, via }: Omit<AgentCall, 'mostBytes'>,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const sent = httpRequest({
    method,
    path,
    signal,
    headers: {
      host: 'agent',
      [tokenHeader]: token,
      'content-length': bytes?.length ?? 0,
      ...(bytes && { 'content-type': 'application/json' }),
      ...(!via && { connection: 'close' }),
      ...headers,
    },
    ...(via ? { agent: via } : { createConnection: creating(() => runtime.connect(id)) }),
  });
  sent.once('response', resolve);
  // Also of what breaks off later, which whoever reads the answer is told.
  sent.on('error', (cause) => reject(unreachable(cause)));
  sent.end(bytes);
  return promise;
}

function unreachable(cause: Error): ApiError {
  if (cause instanceof ApiError) return cause;
  return new ApiError('AGENT_UNREACHABLE', `The sandbox’s agent does not answer: ${cause.message}`, { cause });
}
