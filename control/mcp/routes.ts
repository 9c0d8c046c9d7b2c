import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { empty, eventStream } from '../../shared/http/answers.ts';
import { sendEventStream } from '../../shared/http/event-stream.ts';
import { callerGone } from '../../shared/http/gone.ts';
import { type Access, accessErrors, type Caller, requireOwn } from '../workspaces/access.ts';
import { keyIn, nameOf, partsOfKey } from '../workspaces/key.ts';
import { partsOf } from '../workspaces/path.ts';
import { chunksOf } from './chunks.ts';
import type { Endpoint } from './endpoint.ts';
import { requireOwnOrigin } from './origins.ts';
import type { WorkspaceToolboxOptions } from './workspace-toolbox.ts';

/** Bytes of a message: a file's content may be among it. */
const bodyLimit = 8 * 1024 * 1024;

export interface McpRouteOptions extends Omit<WorkspaceToolboxOptions, 'log'> {
  access: Access;
  publicHost: string | undefined;
  /** What the server says of itself. */
  version: string;
  graceMs: number;
}

const Message = z
  .looseObject({ jsonrpc: z.literal('2.0') })
  .describe(
    'A message of JSON-RPC 2.0, as MCP has them. What is none, or lacks MCP’s header fields, is refused with such a message too.',
  );
const Params = z.object({ key: z.string().describe('`issuer:subject`, percent-encoded.') });
const about = {
  tags: ['Tools'],
  security: [{ apiKey: [] }, { bearer: [] }, { signature: [] }] as Record<string, string[]>[],
  params: Params,
  errors: [...accessErrors, 'INVALID_WORKSPACE_KEY', 'ORIGIN_NOT_ALLOWED'] as const,
};

/** The tools of a workspace for clients of the Model Context Protocol, over its streamable HTTP. */
export function mcpRoutes(app: FastifyInstance, options: McpRouteOptions): void {
  const { access, publicHost, version, graceMs, ...tools } = options;
  const callers = new WeakMap<FastifyRequest['raw'], Caller>();
  app.addHook('onRequest', async ({ raw }) => {
    requireOwnOrigin(raw.headers.origin, publicHost);
    callers.set(raw, access.require(raw));
  });
  const keyOf = ({ raw }: FastifyRequest) => {
    const key = keyIn(partsOf(raw.url ?? '').segment);
    requireOwn(callers.get(raw)!, key);
    return nameOf(key);
  };

  let endpoint: Promise<Endpoint> | undefined;
  const log = (message: string, details: object) => app.log.warn(details, message);
  // The SDK takes 30 MB and a fifth of a second: whoever doesn't speak MCP needs neither.
  const opened = async () => {
    const [{ Endpoint }, { workspaceToolbox }] = await Promise.all([
      import('./endpoint.ts'),
      import('./workspace-toolbox.ts'),
    ]);
    const toolbox = (name: string) => workspaceToolbox({ ...tools, log }, partsOfKey(name));
    return new Endpoint({ toolbox, version, graceMs, bodyLimit });
  };
  app.addHook('preClose', async () => void (await (await endpoint)?.close()));

  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const key = keyOf(request);
    endpoint ??= opened();
    const asked = webRequest(request, callerGone(reply));
    return send(reply, await (await endpoint).answer(asked, key, request.body));
  };
  const route = { url: '/workspaces/:key/mcp', handler, validatorCompiler: () => (value: unknown) => ({ value }) };

  app.route({
    ...route,
    method: 'POST',
    bodyLimit,
    schema: {
      ...about,
      operationId: 'sendMcpMessage',
      summary: 'The tools of a workspace by the Model Context Protocol',
      description: 'Streamable HTTP, of every revision of the protocol since 2024-11-05. See docs/mcp.md.',
      body: Message,
      response: {
        200: eventStream(Message, 'What the message is answered with, progress before it where that is asked for.'),
        202: empty('The message needs no answer.'),
      },
    },
  });
  app.route({
    ...route,
    method: 'GET',
    schema: {
      ...about,
      operationId: 'resumeMcpStream',
      summary: 'The rest of an answer whose connection was lost, by Last-Event-ID',
      response: { 200: eventStream(Message) },
      errors: [...about.errors, 'NOTHING_TO_RESUME'],
    },
  });
  app.route({
    ...route,
    method: 'DELETE',
    schema: {
      ...about,
      operationId: 'endMcpSession',
      summary: 'End all calls of a session of the Model Context Protocol',
      response: { 200: empty('None of them runs.') },
    },
  });
}

/** The request as the SDK takes it; its body is given beside it, parsed. */
function webRequest({ method, url, headers }: FastifyRequest, signal: AbortSignal): Request {
  const given = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]),
  );
  // Where it came in does not matter to the SDK; that it is a URL does.
  return new Request(new URL(url, 'http://cubby'), { method, headers: given, signal });
}

async function send(reply: FastifyReply, { status, headers, body }: Response): Promise<FastifyReply> {
  reply.code(status);
  for (const [name, value] of headers) if (name !== 'connection') reply.header(name, value);
  if (body && headers.get('content-type')?.startsWith('text/event-stream')) {
    return sendEventStream(reply, (signal) => chunksOf(body, signal));
  }
  const text = body ? await new Response(body).text() : '';
  if (text) return reply.send(text);
  return reply.header('content-length', 0).removeHeader('content-type').send();
}
