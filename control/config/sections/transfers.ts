import { list, seconds, text, wholeNumber } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

const host = text(
  'a host as "minio.internal", "minio.internal:9000", "[fd00::1]:9000" or "*.internal"',
  /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[1-9]\d{0,4})?$/,
);

export const transfers = {
  doc: 'Files on their way between sandboxes and object storage, by pre-signed URLs. It is this server that talks to the store.',
  settings: {
    allowedHosts: setting({
      kind: list(host),
      default: [],
      doc:
        'Hosts that may be reached though their addresses are private, or this machine’s own: a store of your own, as ' +
        '["minio.internal:9000"]. Without a port any; "*.internal" is every name below. All others have to have public addresses: ' +
        'a URL comes from a request, and must not lead into your network.',
    }),
    maxAtOnce: setting({
      kind: wholeNumber(1, 10_000),
      default: 64,
      unit: 'files',
      doc: 'Those that may be on their way at a time; a further one is refused with TOO_MANY_TRANSFERS.',
    }),
    maxPerSandbox: setting({
      kind: wholeNumber(1, 10_000),
      default: 8,
      unit: 'files',
      doc: 'Of these, those of one sandbox, and so of one workspace.',
    }),
    timeoutSeconds: setting({
      kind: seconds(1, 86_400),
      default: 900,
      unit: 'seconds',
      doc: 'How long one file may take. A store that takes or gives nothing for a minute is given up before.',
    }),
  },
} as const satisfies Section;
