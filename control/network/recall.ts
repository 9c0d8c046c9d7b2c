import type { GateState } from './gate-rules.ts';
import { parseRange, printAddress } from './ranges.ts';

/** A member of a set as `nft -j` lists it: bare, or with what is known of it. */
type Member = string | { elem: { val: string; expires?: number; comment?: string } };

/** Reads back what a sandbox's sets hold, from what `nft -j list table` says. What isn't there is empty. @throws SyntaxError */
export function readSets(json: string): Pick<GateState, 'opened' | 'lasting'> {
  const { nftables } = JSON.parse(json) as { nftables: { set?: { name: string; elem?: Member[] } }[] };
  const members = (name: string) =>
    nftables
      .flatMap(({ set }) => (set !== undefined && /^(.*)[46]$/.exec(set.name)?.[1] === name ? (set.elem ?? []) : []))
      .map((member) => (typeof member === 'string' ? { val: member } : member.elem));
  const opened = new Map<string, number>();
  const lasting = new Map<string, string>();
  for (const { val, expires = 0 } of members('opened')) opened.set(plain(val), expires);
  for (const { val, comment = '' } of members('lasting')) lasting.set(plain(val), comment);
  return { opened, lasting };
}

/** In this program's spelling; nft shortens IPv6. */
function plain(address: string): string {
  const range = parseRange(address);
  return range === undefined ? address : printAddress(range.family, range.first);
}
