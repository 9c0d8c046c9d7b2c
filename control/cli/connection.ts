import { knownApiKey } from '../config/api-key.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Edge } from './edge.ts';
import { UsageError } from './usage-error.ts';

/** Flags of every command that calls a running server. */
export const connectionOptions = {
  url: { type: 'string' },
  'api-key-file': { type: 'string' },
  config: { type: 'string' },
  set: { type: 'string', multiple: true },
} as const;

/** What help says of them. */
export const connectionHelp = [
  '--url URL           where the server listens; CUBBY_URL is as good; without both, where the configuration says',
  '--api-key-file FILE    what opens it; without it CUBBY_SERVER_API_KEY, the configuration, or what the server of this machine keeps',
  '--config FILE, --set section.key=value    as for `cubby start`',
];

/** Where a running server is, and what opens it. */
export interface Connection {
  /** Without a slash at its end. */
  url: string;
  apiKey: string;
}

/** Finds the server that a command is to call. @throws UsageError, ConfigError */
export function connectionOf(
  values: { [Name in keyof typeof connectionOptions]?: string | string[] | undefined },
  edge: Edge,
): Connection {
  const given = (['config', 'api-key-file', 'set'] as const).map((name) =>
    [values[name] ?? []].flat().map((value) => [`--${name}`, value]),
  );
  const argv = given.flat(2);
  const asked = (values.url as string | undefined) ?? (edge.surroundings.env.CUBBY_URL || undefined);
  const { config } = loadConfig(argv, edge.surroundings);
  const address = asked === undefined ? addressOf(config) : checked(asked);
  // The key that a server on this machine has made is nobody else's business.
  const isHere = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(address);
  const apiKey = isHere ? knownApiKey(config) : config.server.apiKey[0];
  if (apiKey === undefined)
    throw new UsageError('--api-key-file: expected a file with the server’s API key; CUBBY_SERVER_API_KEY is as good');
  return { url: address, apiKey };
}

function addressOf({ server }: Config): string {
  if (server.port === 0) throw new UsageError('--url: expected where the server listens; the configuration has port 0');
  const anywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const host = anywhere[server.host] ?? server.host;
  return `${server.tlsCertificate ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
}

function checked(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash)
    return url.href.replace(/\/+$/, '');
  // A password may stand in it.
  const found = JSON.stringify(text.replace(/\/\/.*@/, '//…@').slice(0, 80));
  throw new UsageError(`--url: expected a URL as https://cubby.example.com, found ${found}`);
}
