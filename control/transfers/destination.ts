import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ApiError } from '../../shared/api/errors.ts';
import { closedRanges, hostRanges } from '../network/closed.ts';
import { contains } from '../network/ranges.ts';

/** Where a store is, looked up once: whoever connects goes to these addresses, whatever the name comes to mean. */
export interface Destination {
  url: URL;
  addresses: { address: string; family: number }[];
}

/** A resolver that answers later is none. */
const lookUpMs = 10_000;
const longest = 8192;

/**
 * Looks where a URL of a request leads. `field`: its name there; `allowed`: hosts that may have any address.
 * @throws ApiError `TRANSFER_URL_NOT_ALLOWED`, `STORE_UNREACHABLE`
 */
export async function destinationOf(text: string, field: string, allowed: readonly string[]): Promise<Destination> {
  const url = text.length <= longest ? URL.parse(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw refusal(field, 'this is no URL that a file is sent by', 'an http or https URL without a name and password');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const known = isIP(host);
  const found = known ? [{ address: host, family: known }] : await lookUp(host);
  const addresses = isAllowed(url, allowed) ? found : found.filter(({ address }) => isPublic(address));
  if (addresses.length > 0) return { url, addresses };
  throw refusal(
    field,
    `${host} is at no public address, and not in transfers.allowed_hosts`,
    'a store with a public address, or one that the administrator allows',
  );
}

/** As `minio.internal`, `minio.internal:9000`, or `*.internal` for every name below. */
export function isAllowed({ hostname, port, protocol }: URL, allowed: readonly string[]): boolean {
  const reached = port || (protocol === 'https:' ? '443' : '80');
  return allowed.some((entry) => {
    const [, name = '', only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
    if (only !== undefined && only !== reached) return false;
    return name.startsWith('*.') ? hostname.endsWith(name.slice(1)) : hostname === name;
  });
}

function isPublic(address: string): boolean {
  // A zone names an interface of this machine.
  return !address.includes('%') && !contains([...closedRanges, ...hostRanges()], address);
}

async function lookUp(host: string): Promise<{ address: string; family: number }[]> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('its name was not looked up in time')), lookUpMs);
  try {
    return await Promise.race([lookup(host, { all: true }), promise]);
  } catch (cause) {
    throw new ApiError('STORE_UNREACHABLE', `${host}: ${(cause as Error).message}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function refusal(field: string, problem: string, expected: string): ApiError {
  return new ApiError('TRANSFER_URL_NOT_ALLOWED', `${field}: ${problem}`, { field, expected });
}
