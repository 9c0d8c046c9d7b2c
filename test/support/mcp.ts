import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { ControlClient } from './control-client.ts';
import { workspacePath } from './workspaces.ts';

/** What a tool answers by MCP. */
export interface McpResult {
  content: { type: string; text?: string; data?: string; mimeType?: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export interface McpProgress {
  progress: number;
  message?: string;
}

export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: McpProgress) => void;
}

/** An official client that is connected, of whichever generation. */
export interface McpClient {
  instructions: string | undefined;
  protocol: string | undefined;
  tools(): Promise<{ name: string; inputSchema: object; outputSchema?: object; [field: string]: unknown }[]>;
  call(name: string, parameters?: object, options?: CallOptions): Promise<McpResult>;
  close(): Promise<void>;
}

/** Which client, and the way it takes. */
export interface McpWay {
  name: string;
  connect(control: ControlClient, key: string, fetch?: typeof globalThis.fetch): Promise<McpClient>;
}

const info = { name: 'test', version: '1' };
const program = join(import.meta.dirname, '../../control/main.ts');

/** The official TypeScript clients, the first version and the second in both of its eras, over both transports. */
export const mcpWays: McpWay[] = [
  {
    name: 'the SDK’s first version over HTTP',
    connect: async (control, key, fetch) => {
      const client = new Client(info);
      // Its declaration takes no undefined where its class has it.
      await client.connect(new StreamableHTTPClientTransport(...http(control, key, fetch)) as never);
      return connected(client as never, client.getServerVersion() && 'legacy');
    },
  },
  {
    name: 'the SDK’s second version over HTTP',
    connect: async (control, key, fetch) => {
      const client = new ModernClient(info, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new ModernHttp(...http(control, key, fetch)));
      return connected(client as never, client.getNegotiatedProtocolVersion());
    },
  },
  {
    name: 'the SDK’s first version over standard input and output',
    connect: async (control, key) => {
      const client = new Client(info);
      await client.connect(new StdioClientTransport(stdio(control, key)) as never);
      return connected(client as never, 'legacy');
    },
  },
  {
    name: 'the SDK’s second version over standard input and output',
    connect: async (control, key) => {
      const client = new ModernClient(info, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new ModernStdio(stdio(control, key)));
      return connected(client as never, client.getNegotiatedProtocolVersion());
    },
  },
];

/** Connects one, for as long as a test takes. */
export async function mcpClient(
  t: TestContext,
  way: McpWay,
  control: ControlClient,
  key: string,
  fetch?: typeof globalThis.fetch,
): Promise<McpClient> {
  const client = await way.connect(control, key, fetch);
  t.after(() => client.close());
  return client;
}

/** How `cubby mcp` is started for a workspace of a control. */
export function stdio(control: ControlClient, key: string) {
  return {
    command: process.execPath,
    args: [program, 'mcp', '--workspace', key, '--url', control.url],
    env: { CUBBY_SERVER_API_KEY: control.apiKey, PATH: process.env.PATH ?? '', HOME: '/nonexistent' },
    stderr: 'pipe' as const,
  };
}

/** The text that a model reads of a result. */
export function textIn({ content }: McpResult): string {
  return content.map(({ text }) => text ?? '').join('\n');
}

function http(control: ControlClient, key: string, fetch?: typeof globalThis.fetch) {
  const options = { requestInit: { headers: { 'open-sandbox-api-key': control.apiKey } }, ...(fetch && { fetch }) };
  return [new URL(`${control.url}${workspacePath(key, '/mcp')}`), options] as const;
}

function connected(client: Client, protocol: string | undefined): McpClient {
  return {
    instructions: client.getInstructions(),
    protocol,
    tools: async () => (await client.listTools()).tools,
    call: async (name, parameters = {}, { onprogress, ...options } = {}) => {
      const params = { name, arguments: parameters as Record<string, unknown> };
      const more = { timeout: 300_000, ...options, ...(onprogress && { onprogress }) };
      // The second version has no schema among its arguments.
      const call = client.callTool.bind(client) as (...given: unknown[]) => Promise<unknown>;
      const given = client instanceof Client ? [params, undefined, more] : [params, more];
      return (await call(...given)) as McpResult;
    },
    close: () => client.close(),
  };
}
