import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a client may call its request: longer ones would fill the log. */
const longest = 200;

/** The id under which a request is logged and answered: the client's own, or a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && given !== '' && given.length <= longest ? given : randomUUID();
}
