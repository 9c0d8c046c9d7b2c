import { Client, ProtocolError } from '@modelcontextprotocol/client';
import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import { AnsweringTransport } from './answering-transport.ts';
import { failed } from './results.ts';
import type { Toolbox } from './toolbox.ts';

export interface RemoteOptions {
  /** Of the workspace's endpoint for MCP. */
  url: URL;
  apiKey: string;
  version: string;
}

/** As long as a timer can be: how long a call may take, its tool and its caller say. */
const longestMs = 2 ** 31 - 1;

/** The tools of a workspace behind another server, as that server has them. @throws Error where it isn't there, or lets nobody in */
export async function remoteToolbox({
  url,
  apiKey,
  version,
}: RemoteOptions): Promise<Toolbox & { close(): Promise<void> }> {
  const client = new Client({ name: 'cubby-mcp', version }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new AnsweringTransport(url, { requestInit: { headers: { 'open-sandbox-api-key': apiKey } } }));
  return {
    instructions: client.getInstructions() ?? '',
    list: async () => (await client.listTools()).tools,
    call: async (name, parameters, { signal, report }) => {
      try {
        return await client.request(
          { method: 'tools/call', params: { name, arguments: parameters } },
          { signal, timeout: longestMs, ...(report && { onprogress: report }) },
        );
      } catch (error) {
        // There is no such tool: the protocol's own answer goes on as it is.
        if (error instanceof ProtocolError && error.code === ProtocolErrorCode.InvalidParams) throw error;
        return failed(
          `Cubby at ${url.origin} did not answer this call, which may have been made: ${(error as Error).message}`,
        );
      }
    },
    close: () => client.close(),
  };
}
