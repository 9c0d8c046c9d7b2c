import { networkInterfaces } from 'node:os';
import { parseRange, type Range } from './ranges.ts';

/**
 * What no sandbox reaches, whatever a policy says, unless the administrator lists an exception: everything that is not
 * the public internet. From the IANA special-purpose registries (RFC 6890) and the metadata services of clouds that live
 * elsewhere.
 */
const closed = [
  '0.0.0.0/8', // "this host": Linux connects it to itself
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT; Tailscale; Alibaba's metadata at 100.100.100.200
  '127.0.0.0/8', // loopback is let through by interface; such an address on any other is forged
  '169.254.0.0/16', // link-local: metadata of AWS, Google, Azure and others at 169.254.169.254
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
  '168.63.129.16', // Azure's wire server, a public address that is the host
  '100.100.100.200',
  '::/96', // unspecified, loopback, and addresses of IPv4 in their oldest form
  '::ffff:0:0/96', // IPv4-mapped
  '::ffff:0:0:0/96', // IPv4-translated
  '64:ff9b::/96', // NAT64: 169.254.169.254 as 64:ff9b::a9fe:a9fe
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23', // Teredo and other protocol assignments
  '2001:db8::/32',
  '2002::/16', // 6to4: an IPv4 address inside
  '3fff::/20',
  'fc00::/7', // unique local: AWS's metadata at fd00:ec2::254
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** The list above. */
export const closedRanges: readonly Range[] = closed.map((text) => parseRange(text)!);

/** The addresses of the host itself, public ones too: a sandbox has no business with the machine that carries it. */
export function hostRanges(): Range[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ address }) => parseRange(address.replace(/%.*$/, '')) ?? []);
}
