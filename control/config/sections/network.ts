import { closure, exception, upstream } from '../addresses.ts';
import { boolean, list } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const network = {
  doc:
    'What sandboxes can reach. Private and link-local addresses, the metadata services of clouds, this host and other ' +
    'sandboxes are closed to them unless listed in allow. What of the rest a sandbox may reach its own policy says.',
  settings: {
    enabled: setting({
      kind: boolean,
      default: true,
      doc: 'false: sandboxes get no network at all. Commands, files and ports work all the same.',
    }),
    allow: setting({
      kind: list(exception),
      default: [],
      doc: 'Exceptions: closed addresses that sandboxes may reach after all, as ["10.20.0.0/16"], or one port of an address as ["10.1.2.3:5432"].',
    }),
    block: setting({
      kind: list(closure),
      default: [],
      doc:
        'Further addresses, ranges and hosts to close, as ["db.example.com"]. What is listed here stays closed whatever allow ' +
        'says. While the name of a host cannot be looked up, no sandbox starts.',
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
