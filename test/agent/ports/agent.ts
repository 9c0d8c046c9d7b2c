import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  request,
  type Server,
} from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import type { TestContext } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { portRoutes } from '../../../agent/ports/routes.ts';
import { isPortUpgrade, upgradePorts } from '../../../agent/ports/upgrade.ts';
import { ApiError } from '../../../shared/api/errors.ts';
import { renderProblems } from '../../../shared/http/problems.ts';
import { endStreamsOnClose } from '../../../shared/http/stream.ts';

export const token = 'the-secret-of-the-agent';

/** The agent's way to ports behind its token, listening. Closed with the test. */
export async function startAgent(t: TestContext): Promise<{ app: FastifyInstance; port: number }> {
  const app = Fastify({ requestTimeout: 0, http: { shouldUpgradeCallback: isPortUpgrade } });
  app.setSerializerCompiler(serializerCompiler);
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'RUNTIME_ERROR' });
  endStreamsOnClose(app);
  const authorized = ({ headers }: { headers: IncomingMessage['headers'] }) =>
    headers['x-execd-access-token'] === token;
  app.addHook('onRequest', async (request) => {
    if (!authorized(request.raw)) throw new ApiError('INVALID_ACCESS_TOKEN', 'Unauthorized');
  });
  app.get('/ping', async () => 'pong');
  portRoutes(app);
  upgradePorts(app.server, { authorized, closing: app.closing });
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.after(() => app.close());
  return { app, port: (app.server.address() as AddressInfo).port };
}

interface Address {
  host?: string;
  port?: number;
}

/** A program in the sandbox that speaks HTTP. */
export async function startProgram(t: TestContext, listener: RequestListener, at: Address = {}) {
  const server = createServer(listener);
  return { server, port: await listening(t, server, at) };
}

/** A program in the sandbox that speaks whatever it likes. */
export async function startTcpProgram(t: TestContext, onConnection: (socket: Socket) => void) {
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  return { server, port: await listening(t, server) };
}

/** A port on which nothing listens, and which nobody gets before the test is over: it is the near end of a connection. */
export async function deadPort(t: TestContext): Promise<number> {
  const { port } = await startTcpProgram(t, (socket) => socket.resume());
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  t.after(() => socket.destroy());
  return socket.localPort!;
}

/** Sends a request with the token; the answer's body is not read yet. */
export async function ask(
  port: number,
  path: string,
  options: RequestOptions & { body?: string | Buffer } = {},
): Promise<IncomingMessage> {
  const { body, headers, ...rest } = options;
  const outgoing = request({
    port,
    path,
    agent: false,
    ...rest,
    headers: { 'x-execd-access-token': token, ...headers },
  });
  outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  return answer;
}

/** The whole body as text. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return text;
}

async function listening(t: TestContext, server: Server | TcpServer, at: Address = {}): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen({ port: 0, host: '127.0.0.1', ...at });
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
