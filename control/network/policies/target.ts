import { domainToASCII } from 'node:url';
import { isHostName } from '../host-name.ts';
import { parseRange, printRange, type Range } from '../ranges.ts';

/** What a rule is about: a name, every name below one, or addresses. */
export type Target = { kind: 'name'; name: string } | { kind: 'below'; name: string } | { kind: 'range'; range: Range };

/** For people, where it is none of these. */
export const targetExpected =
  'a name as "example.com", "*.example.com" for all names below it, an address, or a range as "11.22.0.0/16"';

/** The longest name there is, in characters, with a star in front. */
const longest = 255;

/**
 * Reads the target of a rule. Names are compared without case, without the dot that an absolute one ends in, and as they
 * travel: `Bücher.example.` is `xn--bcher-kva.example`. As in OpenSandbox, `*.example.com` is not `example.com` itself. Undefined
 * when it is none of these.
 */
export function parseTarget(text: string): Target | undefined {
  const trimmed = text.trim();
  const range = parseRange(trimmed);
  if (range !== undefined) return { kind: 'range', range: unmapped(range) };
  const isBelow = trimmed.startsWith('*.');
  const name = asciiName(isBelow ? trimmed.slice(2) : trimmed);
  if (name === undefined) return undefined;
  return { kind: isBelow ? 'below' : 'name', name };
}

/** One spelling for all of a target's, by which two rules are told to be about the same. */
export function printTarget(target: Target): string {
  if (target.kind === 'range') return printRange(target.range);
  return target.kind === 'below' ? `*.${target.name}` : target.name;
}

function asciiName(text: string): string | undefined {
  const bare = text.replace(/\.$/, '');
  // Line ends among others, which the conversion would leave out.
  if (bare.length > longest || /[\s\p{Cc}]/u.test(bare)) return undefined;
  // Only what isn't ASCII is converted: that function reads "0x7f.1" as an address.
  const ascii = /[^\p{ASCII}]/u.test(bare) ? domainToASCII(bare) : bare.toLowerCase();
  return isHostName(ascii) ? ascii : undefined;
}

/** An IPv4 address inside of an IPv6 one is the IPv4 one: that is what the kernel makes of it. */
function unmapped(range: Range): Range {
  const isMapped = range.family === 6 && range.prefix >= 96 && range.first >> 32n === 0xffffn;
  return isMapped ? { family: 4, first: range.first & 0xffff_ffffn, prefix: range.prefix - 96 } : range;
}
