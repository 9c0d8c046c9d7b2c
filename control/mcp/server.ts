import { Server } from '@modelcontextprotocol/server';
import type { Progress, Toolbox } from './toolbox.ts';

/** What a client may keep of the list of tools: it is the same as long as the server's version is. */
const listTtlMs = 10 * 60_000;

/** A server of MCP for one connection, or for one request, with the tools of one workspace. */
export function mcpServer(toolbox: Toolbox, version: string): Server {
  const server = new Server(
    { name: 'cubby', title: 'Cubby', version },
    {
      capabilities: { tools: {} },
      instructions: toolbox.instructions,
      cacheHints: { 'tools/list': { ttlMs: listTtlMs, cacheScope: 'private' } },
    },
  );
  server.setRequestHandler('tools/list', async () => ({ tools: await toolbox.list() }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const token = mcpReq._meta?.progressToken;
    const tell = (progress: Progress) => {
      const params = { progressToken: token!, ...progress };
      // Whoever has gone needs no progress.
      mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
    };
    const report = token === undefined ? undefined : tell;
    return toolbox.call(params.name, params.arguments ?? {}, { signal: mcpReq.signal, report });
  });
  return server;
}
