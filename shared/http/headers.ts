import type { IncomingMessage } from 'node:http';

/** Header fields as they travel: name, value, name, value, with the sender's spelling, order and repetitions. */
export type HeaderList = string[];

/** Fields that are about one connection (RFC 9110, section 7.6.1) and must not go on to the next. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Fields that a sender can't have taken away by naming them in Connection: without them a message means another thing. */
const protectedFields = new Set(['content-length', 'host', 'authorization', 'cookie', 'x-forwarded-for']);

/**
 * The fields of a message that concern its final receiver: without those about the connection, those that Connection names,
 * and those the caller withholds (in lower case).
 */
export function endToEndHeaders({ rawHeaders, headers }: IncomingMessage, withheld?: ReadonlySet<string>): HeaderList {
  const nominated = nominatedBy(headers.connection);
  const kept: HeaderList = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (hopByHop.has(name) || withheld?.has(name) || nominated?.has(name)) continue;
    kept.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  return kept;
}

/** What Connection names beyond the fields that are left out anyway. */
function nominatedBy(connection: string | undefined): Set<string> | undefined {
  // Nearly every message has one of these.
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  const names = connection.split(',').map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => !protectedFields.has(name)));
}
