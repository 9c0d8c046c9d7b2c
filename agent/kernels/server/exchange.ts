import { randomBytes } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { ApiError } from '../../../shared/api/errors.ts';
import type { KernelServer } from '../../../shared/api/kernel-server.ts';

/** The longest answer is the list of kernelspecs, some kilobytes; the server is the user's, who may make it say anything. */
const maxAnswerBytes = 4 * 1024 * 1024;
/** Starting a kernel takes longest. */
const patienceMs = 60_000;

export interface Answer {
  status: number;
  /** What the body says as JSON; undefined when it is none. */
  body: unknown;
}

/**
 * One request to a kernel server's API, `path` below its base path. Redirects are not followed: the token is for nobody else.
 * @throws ApiError `KERNEL_SERVER_UNREACHABLE`; `KERNEL_SERVER_REFUSED` for a wrong token and what is no answer of such a server
 */
export async function exchange(server: KernelServer, method: string, path: string, body?: object): Promise<Answer> {
  const { status, text } = await send(server, method, path, body);
  if (status === 401 || status === 403) throw refused(server, `does not accept the token (${status})`);
  if (status >= 300 && status < 400) throw refused(server, `answers with a redirect (${status}), as to a login page`);
  return { status, body: parse(text) };
}

/** Goes with every request: the token in a header, as addresses are logged by servers. */
export function authorization({ token }: KernelServer): Record<string, string> {
  if (token !== '') return { authorization: `token ${token}` };
  // A server without a token still wants a browser's proof that no other site sent the request: the same word twice.
  const xsrf = randomBytes(16).toString('hex');
  return { cookie: `_xsrf=${xsrf}`, 'x-xsrftoken': xsrf };
}

export function refused(server: KernelServer, what: string): ApiError {
  return new ApiError('KERNEL_SERVER_REFUSED', `The kernel server at ${server.url} ${what}.`);
}

export function unreachable(server: KernelServer, cause: unknown): ApiError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code ?? message;
  return new ApiError('KERNEL_SERVER_UNREACHABLE', `The kernel server at ${server.url} can’t be reached: ${why}.`, {
    cause,
  });
}

function send(
  server: KernelServer,
  method: string,
  path: string,
  body: object | undefined,
): Promise<{ status: number; text: string }> {
  const url = new URL(path, server.url);
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const json = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...authorization(server),
    accept: 'application/json',
    ...(json !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }),
  };
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(unreachable(server, cause));
    // A connection of its own: one that was kept might have been closed by a server that was started again.
    const sent = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(patienceMs) }, (answer) => {
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length <= maxAnswerBytes) return;
        reject(refused(server, `answers with more than ${maxAnswerBytes} bytes`));
        sent.destroy();
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      answer.on('error', fail);
    });
    sent.on('error', fail);
    sent.end(json);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
