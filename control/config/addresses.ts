import { isIP, isIPv4 } from 'node:net';
import { type Kind } from './setting.ts';
import { reading, text } from './kinds.ts';

const rangeExpected = 'a range in CIDR form, as "10.20.0.0/16" or "fd00::/8", or one address';
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

/** A range of addresses, always with its prefix length when read: `10.0.0.5` becomes `10.0.0.5/32`. */
export const range: Kind<string> = reading(rangeExpected, (value) => {
  const parsed = parseRange(value);
  if (!parsed) return { expected: rangeExpected };
  const { address, bits, prefix, width } = parsed;
  const first = bits & mask(prefix, width);
  if (first === bits) return `${address}/${prefix}`;
  return { expected: `the first address of the range, ${formatBits(first, width)}/${prefix}, or ${address}/${width} for that one alone` };
});

/** A range of IPv4 addresses that a network of containers can be cut from. */
export const subnet: Kind<string> = reading('a range of IPv4 addresses from /8 to /29, as "172.30.0.0/16"', (value) => {
  const parsed = parseRange(value);
  const fits = parsed?.width === 32 && parsed.prefix >= 8 && parsed.prefix <= 29;
  return fits && (parsed.bits & mask(parsed.prefix, 32)) === parsed.bits ? value : { expected: subnet.expected };
});

/** A resolver, in the form that node:dns takes. */
export const upstream: Kind<string> = reading(upstreamExpected, (value) => {
  const [, host, port] = /^(?:\[(?=.*:)(.+)\]|([^:]+)):(\d{1,5})$/.exec(value)?.filter((part) => part !== undefined) ?? [];
  const valid = host && port ? isIP(host) && Number(port) >= 1 && Number(port) <= 65535 : isIP(value);
  return valid && !value.includes('%') ? value : { expected: upstreamExpected };
});

/** True when only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return /^localhost$/i.test(host) || (isIPv4(host) && host.startsWith('127.')) || (isIP(host) === 6 && toBits(host) === 1n);
}

/** True when every address of the second range is in the first. Both as `range` gives them. */
export function covers(outer: string, inner: string): boolean {
  const a = parseRange(outer);
  const b = parseRange(inner);
  if (!a || !b || a.width !== b.width || a.prefix > b.prefix) return false;
  return (b.bits & mask(a.prefix, a.width)) === a.bits;
}

interface Range {
  address: string;
  bits: bigint;
  prefix: number;
  width: 32 | 128;
}

function parseRange(value: string): Range | undefined {
  const [, address = '', length] = /^([0-9a-f.:]{2,45})(?:\/(\d{1,3}))?$/i.exec(value) ?? [];
  const family = isIP(address);
  if (!family) return undefined;
  const width = family === 4 ? 32 : 128;
  const prefix = length === undefined ? width : Number(length);
  return prefix <= width ? { address, bits: toBits(address), prefix, width } : undefined;
}

/** An address that isIP accepts, as a number. */
function toBits(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  // The URL parser writes every IPv6 address one way, without a dotted tail.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

function formatBits(bits: bigint, width: 32 | 128): string {
  const step = width === 32 ? 8 : 16;
  const parts = Array.from({ length: width / step }, (_, i) => BigInt.asUintN(step, bits >> BigInt(width - step * (i + 1))));
  if (width === 32) return parts.join('.');
  return new URL(`http://[${parts.map((part) => part.toString(16)).join(':')}]`).hostname.slice(1, -1);
}

function mask(prefix: number, width: number): bigint {
  return ((1n << BigInt(prefix)) - 1n) << BigInt(width - prefix);
}

function isHostName(value: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(value) && !/^[\d.]+$/.test(value);
}
