import { size, wholeNumber } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const snapshot = {
  doc: 'Snapshots: copies of sandboxes’ files that new sandboxes are made from. They are images on the engine.',
  settings: {
    maxSnapshots: setting({
      kind: wholeNumber(0, 1_000_000),
      default: 0,
      unit: 'snapshots, 0 for no limit',
      doc: 'Snapshots that may exist at once; a further one is refused with CAPACITY_EXCEEDED.',
    }),
    maxSize: setting({
      kind: size('1Mi', '1Pi'),
      default: '16Gi',
      unit: 'bytes, or with a unit',
      doc:
        'What one sandbox may have written for a snapshot to be made of it. Holes in files count, since the engine fills them: ' +
        'without a limit, one sparse file could fill the disk.',
    }),
    atOnce: setting({
      kind: wholeNumber(1, 64),
      default: 2,
      unit: 'snapshots',
      doc: 'Snapshots that are made at the same time; more would only share the disk.',
    }),
  },
} as const satisfies Section;
