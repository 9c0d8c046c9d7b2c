import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../shared/api/errors.ts';
import type { Destination } from '../../shared/http/forward.ts';
import { onwardHeaders, originOf, withheld } from '../../shared/http/forwarded.ts';
import { seenByClient, seenByProgram } from './addresses.ts';
import { connectLoopback } from './loopback.ts';
import { targetOf } from './target.ts';

/** The token opens the agent; whatever listens on a port is no friend of the agent's. */
const withhold = withheld('x-execd-access-token', 'origin');

/**
 * Where a request through /proxy/ goes. The program sees itself addressed as `127.0.0.1:port`, which every development server
 * takes for local (many refuse a host they don't know); the client's own words are in X-Forwarded-Host, -Proto and -Prefix.
 * There is one connection for each request: a program that serves one at a time would be blocked by a kept one.
 * @throws `INVALID_PORT`
 */
export function destinationOf(request: IncomingMessage): Destination {
  const { port, path, prefix } = targetOf(request.url ?? '');
  const origin = originOf(request, { prefix, trusted: true });
  const host = `127.0.0.1:${port}`;
  const headers = onwardHeaders(request, { host, origin, withhold });
  if (request.headers.origin !== undefined) headers.push('Origin', seenByProgram(request.headers.origin, origin, host));
  return {
    via: () => connectLoopback(port),
    path,
    headers,
    unreachable: (cause) => unreachable(port, cause),
    answer: (fields) => seenByClient(fields, origin, port),
  };
}

function unreachable(port: number, cause: NodeJS.ErrnoException): ApiError {
  return new ApiError('PORT_NOT_REACHABLE', `Port ${port} of the sandbox: ${reason(cause)}.`, { field: 'port', cause });
}

function reason({ code = '', message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection was broken off before there was an answer';
  if (code.startsWith('HPE_')) return `what listens there does not speak HTTP (${message})`;
  return message;
}
