import { range, upstream } from '../addresses.ts';
import { boolean, list } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const network = {
  doc:
    'What sandboxes can reach. Private and link-local addresses, the metadata services of clouds, this host and other ' +
    'sandboxes are closed to them unless listed in allow.',
  settings: {
    enabled: setting({
      kind: boolean,
      default: true,
      doc: 'false: sandboxes get no network at all. Commands, files and ports work all the same.',
    }),
    allow: setting({
      kind: list(range),
      default: [],
      doc: 'Exceptions: closed addresses that sandboxes may reach after all, as ["10.20.0.0/16"] for a package mirror.',
    }),
    block: setting({
      kind: list(range),
      default: [],
      doc: "Further addresses to close, as a database's public one. What is listed here stays closed whatever allow says.",
    }),
    dns: setting({
      kind: list(upstream, 10),
      default: [],
      doc:
        'Name servers that names are looked up at, on behalf of sandboxes: they need not be open to sandboxes themselves. ' +
        "Empty: those of this host's /etc/resolv.conf.",
    }),
  },
} as const satisfies Section;
