import { boolean, list, size, text, wholeNumber } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

const moduleName = text(
  'the name of a Python module, as numpy or matplotlib.pyplot',
  /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u,
);

export const kernels = {
  doc: 'What runs cells of code. Nothing of it is started in a sandbox that runs none.',
  settings: {
    fork: setting({
      kind: boolean,
      default: true,
      doc:
        'Kernels of Python are forks of an interpreter that stands by: a further context is there in a fraction of the time, in half of ' +
        'the memory. Where a sandbox has one context and never a second, that interpreter costs 20 to 30 MiB.',
    }),
    preload: setting({
      kind: list(moduleName, 100),
      default: [],
      doc:
        'Modules of Python that kernels have imported already. They are imported once per sandbox, after its first kernel was started; ' +
        'one that is not there is told of in the log.',
    }),
    spares: setting({
      kind: wholeNumber(0, 16),
      default: 0,
      unit: 'kernels',
      doc: 'Kernels of Python in each sandbox that wait for its next contexts, once it has run a cell. Each takes some 20 MiB.',
    }),
    outputBytes: setting({
      kind: size('64Ki', '1Gi'),
      default: '128Mi',
      unit: 'bytes, or with a unit',
      doc: 'What one cell may say where its request does not say. What is beyond is dropped, and the reader told how much.',
    }),
  },
} as const satisfies Section;
