import { closedRanges } from './closed.ts';
import { type GateState, gateChains, gateSets } from './gate-rules.ts';
import { type Exception, printRange, type Range } from './ranges.ts';

/** What the rules of one store say, for its sandboxes and for its host alike. */
export interface Closure {
  /** Address of the forwarder of names: the one thing of the host's that a sandbox may speak to. */
  resolver: string;
  /** Closed in any case: what the administrator names, a database as an example. Stronger than `allow`. */
  block: Range[];
  /** Doors through the closed ranges. */
  allow: Exception[];
  /** Closed besides the fixed list: the host's own addresses, and the network that siblings are on. */
  own: Range[];
  /** True when the sandboxes' network has IPv6; where it hasn't, none of it passes. */
  ipv6: boolean;
}

/** Name of the table in each sandbox's own network namespace. */
export const sandboxTable = 'cubby';

/** What is one sandbox's own in its rules. */
export interface SandboxShape {
  /** Its IPv4 address; under no other may it send, since it is known by it. Undefined: not looked at. */
  address?: string | undefined;
  /** What its policy has come to; undefined for one that may reach whatever isn't closed. */
  gate?: GateState | undefined;
}

/**
 * The script that shuts one sandbox, to be run in its network namespace. It replaces what is there in one transaction:
 * the kernel has the old rules or the new ones, never none and never half of them.
 *
 * TCP is refused with a reset, since that is what a connect in progress sees at once: to a local ICMP error the kernel
 * answers with one more try, a second later. Nothing comes in that wasn't asked for: the agent is reached over a socket
 * of the file system. The engine's own resolver at 127.0.0.11 is on the loopback interface, and asks the forwarder from here.
 */
export function sandboxRules(closure: Closure, { address, gate }: SandboxShape = {}): string {
  // An exception gets an address past the closed ranges; a policy then has its say as of every other.
  return replaceTable(
    sandboxTable,
    `${gate ? gateSets(gate) + gateChains(gate) : ''}  chain closed {${verdicts(closure, 'return')}
  }
  chain output {
    type filter hook output priority filter; policy accept;
    oif "lo" accept${address === undefined ? '' : `\n    ip saddr != ${address} drop`}
    jump closed${gate ? '\n    jump outgoing' : ''}
  }
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    ${gate ? gatedAnswers(closure) : 'ct state established,related accept'}${closure.ipv6 ? neighbours : ''}
  }`,
  );
}

/**
 * The script for the host: what arrives over the bridge ends at the host's forwarder of names or nowhere. The same list
 * once more for what the host passes on, so that a sandbox that lost its own rules (somebody restarted it by hand) still
 * meets a wall. Priority -10 is before the engine's own chains; only a refusal here is final, an accept is not.
 */
export function hostRules(table: string, bridge: string, closure: Closure): string {
  return replaceTable(
    table,
    `  chain closed {${verdicts(closure, 'accept')}
  }
  chain input {
    type filter hook input priority -10; policy accept;
    iifname != "${bridge}" accept
    ct state established,related accept
    jump closed
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }
  chain forward {
    type filter hook forward priority -10; policy accept;
    iifname != "${bridge}" accept
    jump closed
  }`,
  );
}

/** The script that takes a table away; it succeeds where there is none. */
export function removeTable(table: string): string {
  return `table inet ${table} {}\ndelete table inet ${table}\n`;
}

function replaceTable(table: string, content: string): string {
  return `${removeTable(table)}table inet ${table} {\n${content}\n}\n`;
}

/**
 * What is let back in where there is a policy. Of a connection that has come to be denied, TCP still gets in: it is the answer to it that
 * is refused, and that refusal ends the connection here.
 */
function gatedAnswers({ resolver }: Closure): string {
  return `ct state related accept
    ct state established ip saddr ${resolver} accept
    ct state established meta l4proto tcp accept
    ct state established jump incoming`;
}

const neighbours =
  '\n    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } ip6 hoplimit 255 accept';

/**
 * Whether an address of one family is in one of the ranges; undefined for no ranges. A set without a name: nft 1.0.6 (Debian 12)
 * crashes at most named ones that a newer nft has made, which a helper container may have.
 */
function among(ranges: Range[], family: 4 | 6): string | undefined {
  const elements = new Set(ranges.filter((range) => range.family === family).map(printRange));
  if (elements.size === 0) return undefined;
  return `${family === 4 ? 'ip' : 'ip6'} daddr { ${[...elements].join(', ')} }`;
}

/** `door`: what an exception leads to. */
function verdicts({ resolver, block, allow, own, ipv6 }: Closure, door: 'accept' | 'return'): string {
  const refuse = (match: string | undefined) =>
    match === undefined
      ? []
      : [`${match} meta l4proto tcp reject with tcp reset`, `${match} reject with icmpx admin-prohibited`];
  const closed = [...closedRanges, ...own];
  const lines = [
    `ip daddr ${resolver} meta l4proto { tcp, udp } th dport 53 accept`,
    ...(ipv6
      ? ['icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report } accept']
      : refuse('meta nfproto ipv6')),
    ...refuse(among(block, 4)),
    ...refuse(among(block, 6)),
    ...allow.map(
      ({ range, port }) =>
        `${range.family === 4 ? 'ip' : 'ip6'} daddr ${printRange(range)}${port === undefined ? '' : ` meta l4proto { tcp, udp } th dport ${port}`} ${door}`,
    ),
    ...refuse(among(closed, 4)),
    ...refuse(among(closed, 6)),
  ];
  return lines.map((line) => `\n    ${line}`).join('');
}
