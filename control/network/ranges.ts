import { isIP, isIPv6 } from 'node:net';
import { ApiError } from '../../shared/api/errors.ts';

/** A block of addresses, as `10.0.0.0/8`: the first one as a number, and how many leading bits count. */
export interface Range {
  family: 4 | 6;
  first: bigint;
  prefix: number;
}

/** A door that the administrator opens: addresses, and one port or all of them. */
export interface Exception {
  range: Range;
  port?: number;
}

/**
 * Reads `10.1.2.3`, `10.0.0.0/8`, `fd00::1` or `fd00::/8`. Bits after the prefix are cleared, so that one range has one
 * spelling. Undefined when it is none of these: forms that only some programs understand (`010.0.0.1`, `10.1`, a zone
 * after `%`) are not guessed at.
 */
export function parseRange(text: string): Range | undefined {
  const [address = '', length, ...more] = text.split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || address.includes('%') || more.length > 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return undefined;
  const rest = BigInt(bits - prefix);
  return { family, first: ((family === 4 ? number4(address) : number6(address)) >> rest) << rest, prefix };
}

/**
 * Reads an entry of the list of exceptions: a range as above, or one address with a port, as `10.1.2.3:5432` or
 * `[fd00::1]:5432`.
 * @throws `INVALID_PARAMETER` that names `field`
 */
export function parseException(text: string, field: string): Exception {
  const range = parseRange(text);
  if (range !== undefined) return { range };
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([\d.]+)):([1-9]\d{0,4})$/.exec(text) ?? [];
  const one = parseRange(bracketed ?? plain ?? '');
  if (one === undefined || (bracketed !== undefined && !isIPv6(bracketed)) || Number(digits) > 65_535) {
    throw new ApiError('INVALID_PARAMETER', `${field}: ${JSON.stringify(text.slice(0, 100))} is no address or range`, {
      field,
      expected: 'an address or range such as 10.1.2.0/24, or an address and port such as 10.1.2.3:5432',
    });
  }
  return { range: one, port: Number(digits) };
}

/** The one spelling of a range that the packet filter reads; without `/32` or `/128`. */
export function printRange({ family, first, prefix }: Range): string {
  const address = printAddress(family, first);
  return prefix === (family === 4 ? 32 : 128) ? address : `${address}/${prefix}`;
}

/** The one spelling of an address: without zeros in front, and without `::`. */
export function printAddress(family: 4 | 6, address: bigint): string {
  const bits = family === 4 ? 32 : 128;
  const width = family === 4 ? 8 : 16;
  const parts: string[] = [];
  for (let shift = bits - width; shift >= 0; shift -= width) {
    const part = (address >> BigInt(shift)) & ((1n << BigInt(width)) - 1n);
    parts.push(part.toString(family === 4 ? 10 : 16));
  }
  return parts.join(family === 4 ? '.' : ':');
}

/** True when the address lies in one of the ranges. */
export function contains(ranges: Range[], address: string): boolean {
  const one = parseRange(address);
  if (one === undefined) return false;
  return ranges.some(({ family, first, prefix }) => {
    const rest = BigInt((family === 4 ? 32 : 128) - prefix);
    return family === one.family && one.first >> rest === first >> rest;
  });
}

function number4(address: string): bigint {
  return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

function number6(address: string): bigint {
  const [head = '', tail] = address.split('::');
  const words = (text: string) =>
    text
      .split(':')
      .filter((word) => word !== '')
      .flatMap((word) => {
        if (!word.includes('.')) return [BigInt(`0x${word}`)];
        const dotted = number4(word);
        return [dotted >> 16n, dotted & 0xffffn];
      });
  const left = words(head);
  const right = tail === undefined ? [] : words(tail);
  const middle = Array<bigint>(8 - left.length - right.length).fill(0n);
  return [...left, ...middle, ...right].reduce((sum, word) => (sum << 16n) + word, 0n);
}
