import { ApiError } from '../../shared/api/errors.ts';

/** Ports that the protocol gives to the agent itself. */
export const agentPorts: ReadonlySet<number> = new Set([44772]);
/** The port that the protocol gives to a sandbox's network policy. Clients ask for it, and for the agent's, before they do anything. */
export const egressPort = 18080;

/**
 * Reads a port number in its one canonical spelling: a second spelling is how one part of a proxy is made to check another
 * port than the next part opens.
 * @throws ApiError `INVALID_PORT`
 */
export function portOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535) return Number(text);
  const expected = 'a port from 1 to 65535 in plain digits';
  throw new ApiError('INVALID_PORT', `port: expected ${expected}, got ${text.slice(0, 50)}`, {
    field: 'port',
    expected,
  });
}
