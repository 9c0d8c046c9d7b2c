import { isLoopback } from '../addresses.ts';
import type { Check } from '../check.ts';

/** Who may use the server. */
export const access: readonly Check[] = [
  {
    about: ['server.host', 'server.api_key', 'server.api_key_file'],
    find: ({ server }) =>
      isLoopback(server.host) || server.apiKey.length > 0 || server.apiKeyFile !== undefined
        ? undefined
        : `expected an API key, because ${server.host} can be reached from other machines; set one of the two, or listen on 127.0.0.1`,
  },
  {
    about: ['server.api_key', 'server.api_key_file'],
    find: ({ server }) =>
      server.apiKey.length > 0 && server.apiKeyFile !== undefined ? 'expected one of the two, found both' : undefined,
  },
];
