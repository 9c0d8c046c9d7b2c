import { seconds, size, wholeNumber } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const executions = {
  doc: 'Executions: code that is run under an id, and what came of it. See docs/executions.md.',
  settings: {
    maxUnfinished: setting({
      kind: wholeNumber(1, 100_000),
      default: 1000,
      unit: 'executions',
      doc: 'Those that have not finished, at most; a further one is refused with CAPACITY_EXCEEDED.',
    }),
    maxKept: setting({
      kind: wholeNumber(1, 1_000_000),
      default: 1000,
      unit: 'executions',
      doc: 'Finished ones that are remembered; beyond it the oldest are forgotten.',
    }),
    keepSeconds: setting({
      kind: seconds(1, 10 * 366 * 86_400),
      default: 604_800,
      unit: 'seconds',
      doc: 'How long a finished one is remembered at most.',
    }),
    maxOutput: setting({
      kind: size('1Ki', '16Mi'),
      default: '64Ki',
      unit: 'bytes, or with a unit',
      doc: 'Output of each that is kept, of both streams each; of more the beginning.',
    }),
    maxResult: setting({
      kind: size('1Ki', '3Mi'),
      default: '1Mi',
      unit: 'bytes, or with a unit',
      doc: 'What a handler may return; of more it fails with Function.ResponseSizeTooLarge.',
    }),
  },
} as const satisfies Section;
