import { isIP } from 'node:net';
import { contains, type Exception, parseException, parseRange, printRange, type Range } from '../network/ranges.ts';
import { reading, text } from './kinds.ts';
import type { Kind } from './setting.ts';

const exceptionExpected =
  'a range as "10.20.0.0/16" or "fd00::/8", an address, or an address and port as "10.1.2.3:5432"';
const closureExpected = 'a range as "10.20.0.0/16" or "fd00::/8", an address, or the name of a host';
const upstreamExpected = 'the address of a name server, with or without a port, as "10.0.0.2" or "[fd00::1]:5353"';

/** Name or address to listen on. */
export const listenAddress: Kind<string> = reading(
  'an address or name of this machine, as "127.0.0.1", "0.0.0.0", "::" or "localhost"',
  (value) => (isIP(value) || isHostName(value) ? value : { expected: listenAddress.expected }),
);

/** How clients name this server: a host, and a port where it isn't the protocol's own. No scheme, no path. */
export const publicAddress: Kind<string> = text(
  'a host or host:port without http:// and without a path, as "cubby.example.com" or "10.0.0.5:8080"',
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::[1-9]\d{0,4})?$/i,
);

/** A range of addresses, one address, or one with a port. A range that begins in its middle is a mistake too dear to guess at. */
export const exception: Kind<string> = reading(exceptionExpected, (value) => {
  const parsed = parseOrNothing(value);
  return parsed ? wholeRange(value, parsed.range) : { expected: exceptionExpected };
});

/** What is closed besides: a range, an address, or the name of a host. */
export const closure: Kind<string> = reading(closureExpected, (value) => {
  const range = parseRange(value);
  if (range) return wholeRange(value, range);
  return isHostName(value) ? value : { expected: closureExpected };
});

/** A range of IPv4 addresses that a network of containers can be cut from. */
export const subnet: Kind<string> = reading('a range of IPv4 addresses from /8 to /29, as "172.30.0.0/16"', (value) => {
  const range = parseRange(value);
  const fits = range?.family === 4 && range.prefix >= 8 && range.prefix <= 29;
  return fits ? wholeRange(value, range) : { expected: subnet.expected };
});

/** A resolver, in the form that node:dns takes. */
export const upstream: Kind<string> = reading(upstreamExpected, (value) => {
  const [, host, port] =
    /^(?:\[([^\]]*:[^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(value)?.filter((part) => part !== undefined) ?? [];
  const valid = host && port ? isIP(host) && Number(port) >= 1 && Number(port) <= 65535 : isIP(value);
  return valid && !value.includes('%') ? value : { expected: upstreamExpected };
});

/** True when only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return /^localhost$/i.test(host) || contains(loopback, host);
}

/** The first of the closures, if any, that an exception is wholly in. Names of hosts are not looked up. */
export function closedBy(closures: readonly string[], opened: string): string | undefined {
  const inner = parseOrNothing(opened)?.range;
  return closures.find((text) => {
    const outer = parseRange(text);
    if (!inner || outer?.family !== inner.family || outer.prefix > inner.prefix) return false;
    const rest = BigInt((inner.family === 4 ? 32 : 128) - outer.prefix);
    return inner.first >> rest === outer.first >> rest;
  });
}

const loopback = ['127.0.0.0/8', '::1'].map((text) => parseRange(text)!);

function parseOrNothing(text: string): Exception | undefined {
  try {
    return parseException(text, 'network.allow');
  } catch {
    return undefined;
  }
}

/** The text, unless its address is not the first of its range: `10.0.0.5/8` may be meant as either of two things. */
function wholeRange(text: string, range: Range): string | { expected: string } {
  const [address = '', length] = text.split('/');
  if (length === undefined || parseRange(address)?.first === range.first) return text;
  return { expected: `the first address of the range, ${printRange(range)}, or ${address} for that one alone` };
}

function isHostName(value: string): boolean {
  const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  const labels = value.split('.');
  // A last label of digits only is a misspelt address.
  return value.length <= 253 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1)!);
}
