import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { endToEndHeaders, type HeaderList } from './headers.ts';

/** How a client reached the first proxy: what a program needs to make links, and to know whom it talks to. */
export interface Origin {
  /** Addresses of the client and of every proxy on the way, as far as they are known. */
  addresses: string;
  proto: string;
  /** Host and port as the client wrote them; undefined for a client of HTTP/1.0 that didn't. */
  host: string | undefined;
  /** Path under which the client sees the receiver's root, as `/sandboxes/x/proxy/3000`. */
  prefix: string;
}

/**
 * Reads how a request came here. `prefix` is what is cut off the path here; it is put behind what a trusted sender says.
 * `trusted`: the sender is a proxy of ours, whose X-Forwarded fields are true.
 */
export function originOf(request: IncomingMessage, { prefix, trusted }: { prefix: string; trusted: boolean }): Origin {
  const said = (name: string) => (trusted ? String(request.headers[name] ?? '') : '');
  // A unix socket has no address.
  const addresses = [said('x-forwarded-for'), request.socket.remoteAddress ?? ''];
  return {
    addresses: addresses.filter(Boolean).join(', '),
    proto: said('x-forwarded-proto') || ((request.socket as TLSSocket).encrypted ? 'https' : 'http'),
    host: said('x-forwarded-host') || request.headers.host,
    prefix: said('x-forwarded-prefix').replace(/\/+$/, '') + prefix,
  };
}

/** Fields that a proxy says itself, or has dealt with: Node answers `Expect: 100-continue` before a route sees it. */
const ownFields = [
  'host',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-real-ip',
];

/** The set of fields that `onwardHeaders` leaves out: what a proxy says itself, and these, which are nobody else's business. */
export function withheld(...names: string[]): ReadonlySet<string> {
  return new Set([...ownFields, ...names.map((name) => name.toLowerCase())]);
}

/** The header of a request as the next hop gets it. `host` is what the receiver sees as its name. */
export function onwardHeaders(
  request: IncomingMessage,
  { host, origin, withhold }: { host: string; origin: Origin; withhold: ReadonlySet<string> },
): HeaderList {
  const headers = ['Host', host, ...endToEndHeaders(request, withhold), 'X-Forwarded-Proto', origin.proto];
  if (origin.addresses) headers.push('X-Forwarded-For', origin.addresses);
  if (origin.host) headers.push('X-Forwarded-Host', origin.host);
  if (origin.prefix) headers.push('X-Forwarded-Prefix', origin.prefix);
  return headers;
}
