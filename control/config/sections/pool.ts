import { size, wholeNumber } from '../kinds.ts';
import { optional, type Section, setting } from '../setting.ts';

export const pool = {
  doc: 'Sandboxes that stand by, started before anybody asks for one: templates say how many. What all of them may take together.',
  settings: {
    maxMembers: setting({
      kind: wholeNumber(0, 10_000),
      default: 50,
      unit: 'sandboxes, 0 for none',
      doc: 'Sandboxes that stand by at most, of all templates together. They don’t count as sandboxes until somebody is given one.',
    }),
    maxMemory: optional({
      kind: size('48Mi', '7Pi'),
      unset: 'half of this machine’s memory',
      example: '16Gi',
      unit: 'bytes, or with a unit',
      doc: 'Memory that those that stand by may use at most, by their limits. Each really uses some 25 MiB until it is claimed, and more with kernels.',
    }),
    startsAtOnce: setting({
      kind: wholeNumber(1, 64),
      default: 1,
      unit: 'sandboxes',
      doc:
        'Sandboxes that are started for pools at the same time. A start takes about a third of a second of one processor, which others want too; ' +
        'while a sandbox is being made for somebody, it is one whatever is said here.',
    }),
  },
} as const satisfies Section;
