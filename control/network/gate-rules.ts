import type { Verdicts } from './policies/verdicts.ts';
import { parseRange } from './ranges.ts';

/** What a sandbox's policy has come to at one moment, as the packet filter holds it. */
export interface GateState {
  verdicts: Verdicts;
  /** Addresses that names were answered with, and for how many seconds they take new connections. */
  opened: ReadonlyMap<string, number>;
  /** Addresses whose connections may go on, with the name that each was opened for. */
  lasting: ReadonlyMap<string, string>;
  /** Addresses that are closed since a denied name leads to them. */
  shut: readonly string[];
}

/** What is to become of single addresses, while the rules stay as they are. */
export interface GateChange {
  opened: ReadonlyMap<string, number>;
  lasting: ReadonlyMap<string, string>;
  /** Addresses that are forgotten. */
  gone: readonly string[];
}

/** Names of the sets, to which the address family is appended. */
const sets = { opened: 'opened', lasting: 'lasting', shut: 'shut', listed: 'listed' } as const;
/** The most elements that a set is made for. */
const setSize = 65_535;
/** DNS, and DNS over TLS or QUIC: the forwarder is the one server of names. */
const namePorts = '{ 53, 853 }';
const families = [4, 6] as const;
type Family = (typeof families)[number];

/**
 * The sets of a table that a policy needs. Members of `opened` leave by themselves, in the kernel, whoever else runs then. What they
 * hold is said by `typeof`: at the sight of a set that nft 1.1 has made by `type ipv4_addr`, nft 1.0.6 (Debian 12) crashes.
 */
export function gateSets({ verdicts, opened, lasting, shut }: GateState): string {
  const make = (name: string, family: Family, flags: string, elements: string[]) =>
    `  set ${name}${family} { typeof ${family === 4 ? 'ip' : 'ip6'} daddr; ${flags}${elements.length > 0 ? ` elements = { ${elements.join(', ')} }` : ''} }\n`;
  return families
    .map(
      (family) =>
        make(sets.opened, family, `flags timeout; size ${setSize};`, of(family, opened).map(timed)) +
        make(sets.lasting, family, `size ${setSize};`, of(family, lasting).map(named)) +
        make(
          sets.shut,
          family,
          `size ${setSize};`,
          shut.filter((address) => familyOf(address) === family),
        ) +
        make(sets.listed, family, 'flags interval;', verdicts.listed(family)),
    )
    .join('');
}

/**
 * The chain that every packet to somewhere passes, and the one for what comes back. What a policy denies is refused in the middle
 * of a connection too, as nothing that is established gets around it. One that was begun while its address was
 * open goes on when that has closed again by itself.
 */
export function gateChains({ verdicts }: GateState): string {
  const allows = verdicts.policy.defaultAction === 'allow';
  const each = (what: (family: 'ip' | 'ip6', version: Family) => string[]) =>
    families.flatMap((version) => what(version === 4 ? 'ip' : 'ip6', version));
  const outgoing = [
    ...refuse(`meta l4proto { tcp, udp } th dport ${namePorts}`),
    ...each((ip, v) => [
      `ct state established,related ${ip} daddr @${sets.lasting}${v} accept`,
      `${ip} daddr @${sets.opened}${v} accept`,
      ...refuse(`${ip} daddr @${sets.shut}${v}`),
      ...(allows ? refuse(`${ip} daddr @${sets.listed}${v}`) : [`${ip} daddr @${sets.listed}${v} accept`]),
    ]),
    ...(allows ? [] : refuse('')),
  ];
  const incoming = [
    ...each((ip, v) => [
      `${ip} saddr @${sets.lasting}${v} accept`,
      `${ip} saddr @${sets.opened}${v} accept`,
      `${ip} saddr @${sets.shut}${v} drop`,
      `${ip} saddr @${sets.listed}${v} ${allows ? 'drop' : 'accept'}`,
    ]),
    allows ? 'accept' : 'drop',
  ];
  const chain = (name: string, lines: string[]) =>
    `  chain ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
  return chain('outgoing', outgoing) + chain('incoming', incoming);
}

/**
 * The script that changes single addresses of a gate, all of them or none. Each is added, removed and added again: only a newer kernel takes
 * another time for an element that is there, and none removes one that isn't.
 */
export function changeScript(table: string, { opened, lasting, gone }: GateChange): string {
  const line = (verb: 'add' | 'delete', set: string, elements: string[]) =>
    elements.length === 0 ? '' : `${verb} element inet ${table} ${set} { ${elements.join(', ')} }\n`;
  const renew = (set: string, family: Family, all: ReadonlyMap<string, unknown>, written: string[]) => {
    const addresses = [...new Set([...all.keys(), ...gone])].filter((address) => familyOf(address) === family);
    const touched = addresses.map((address) => (set.startsWith(sets.opened) ? timed([address, 1]) : address));
    return line('add', set, touched) + line('delete', set, addresses) + line('add', set, written);
  };
  return families
    .map(
      (family) =>
        renew(`${sets.opened}${family}`, family, opened, of(family, opened).map(timed)) +
        renew(`${sets.lasting}${family}`, family, lasting, of(family, lasting).map(named)),
    )
    .join('');
}

/** Refuses what matches: TCP by a reset, at which a connect or a connection ends at once. */
function refuse(match: string): string[] {
  return [`${match} meta l4proto tcp reject with tcp reset`, `${match} reject with icmpx admin-prohibited`];
}

function of<T>(family: Family, all: ReadonlyMap<string, T>): [string, T][] {
  return [...all].filter(([address]) => familyOf(address) === family);
}

function familyOf(address: string): Family | undefined {
  return parseRange(address)?.family;
}

function timed([address, seconds]: [string, number]): string {
  return `${address} timeout ${Math.ceil(seconds)}s`;
}

/** A comment holds 127 bytes; a longer name, or one with other signs, is known only for as long as this process lives. */
function named([address, name]: [string, string]): string {
  return /^[a-z0-9._-]{1,127}$/.test(name) ? `${address} comment "${name}"` : address;
}
