import { isIP } from 'node:net';
import { knownApiKey } from '../config/api-key.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Command } from './command.ts';
import type { Edge } from './edge.ts';
import { stopSignal } from './stop.ts';
import { takeOption } from './take-option.ts';
import { UsageError } from './usage-error.ts';
import { readVersion } from './version.ts';

/** Serves a workspace's tools by MCP on standard input and output, for programs that start their servers themselves. */
export const mcp: Command = {
  name: 'mcp',
  synopsis: '[--workspace KEY] [--url URL] [--api-key-file FILE] [--config FILE]',
  summary: 'serve the tools of a workspace by the Model Context Protocol on standard input and output',
  details: () =>
    'KEY is issuer:subject, as app:alice; CUBBY_WORKSPACE is as good. URL is where the server listens; CUBBY_URL is as good, and\n' +
    'without both it is the server of this machine, as its configuration has it. So is the API key: --api-key-file,\n' +
    'CUBBY_SERVER_API_KEY, the configuration, or what the server of this machine keeps.\n' +
    'It ends when its input ends. What goes wrong is told on standard error.',
  async run(args, edge) {
    const { env } = edge.surroundings;
    const key = takeOption(args, '--workspace');
    const url = takeOption(key.rest, '--url');
    const workspace = key.value ?? env.CUBBY_WORKSPACE;
    if (!workspace?.includes(':')) throw new UsageError('--workspace: expected the key of a workspace, as app:alice');
    const { config } = loadConfig(url.rest, edge.surroundings);
    const server = serverUrl(url.value ?? env.CUBBY_URL ?? urlOf(config));
    const apiKey = knownApiKey(config);
    if (apiKey === undefined) {
      throw new UsageError('--api-key-file: expected a file with the server’s API key; this machine keeps none');
    }
    return await serve(new URL(`v1/workspaces/${encodeURIComponent(workspace)}/mcp`, server), apiKey, edge);
  },
};

async function serve(url: URL, apiKey: string, { surroundings, err, stop }: Edge): Promise<number> {
  const signals = stop ? undefined : stopSignal();
  // What is not needed by any other command is not loaded for it either.
  const { serveOnStdio } = await import('../mcp/stdio.ts');
  const tell = (message: string) => err(`cubby: ${message}\n`);
  try {
    const version = readVersion(surroundings);
    const onError = (error: Error) => tell(error.message);
    await serveOnStdio({ url, apiKey, version, onError }, stop ?? signals!.signal);
    return 0;
  } catch (error) {
    tell(`${url.origin} can’t be asked for the tools: ${reasonOf(error)}`);
    tell('start it by `cubby start`, or say where it is by --url, and what opens it by --api-key-file');
    return 1;
  } finally {
    signals?.release();
  }
}

function serverUrl(text: string): URL {
  if (URL.canParse(text)) {
    const url = new URL(text.endsWith('/') ? text : `${text}/`);
    if (['http:', 'https:'].includes(url.protocol)) return url;
  }
  throw new UsageError(
    `--url: expected the URL of a server, as http://127.0.0.1:8080, found ${JSON.stringify(text.slice(0, 80))}`,
  );
}

/** Where the server of this configuration is for programs of its machine. */
function urlOf({ server: { host, port, tlsCertificate } }: Config): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `${tlsCertificate ? 'https' : 'http'}://${isIP(reached) === 6 ? `[${reached}]` : reached}:${port}`;
}

/** What the deepest error says: those around it only say that something failed. */
function reasonOf(error: unknown): string {
  for (let at = error; ; at = (at as Error).cause) {
    if (!(at instanceof Error) || at.cause === undefined) return (at as Error).message || String(at);
  }
}
