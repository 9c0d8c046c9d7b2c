import { wholeNumber } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

/** Ten years, as of every time that a sandbox may be given. */
const most = 10 * 366 * 86_400;
const kind = wholeNumber(0, most);
const unit = 'seconds, 0 for never';

export const idle = {
  doc: 'What becomes of sandboxes that nobody uses, where a request says nothing else. Each time counts from the last use.',
  settings: {
    freezeAfterSeconds: setting({
      kind,
      default: 0,
      unit,
      doc:
        'Frozen: no processor time, memory kept. Whoever touches it waits some 15 ms. The default is never, as clients of ' +
        'OpenSandbox know it.',
    }),
    stopAfterSeconds: setting({
      kind,
      default: 0,
      unit,
      doc: 'Stopped: no memory either, the disk is kept. Whoever touches it waits for a start; its processes begin anew.',
    }),
    deleteAfterSeconds: setting({ kind, default: 0, unit, doc: 'Ended, with all that it holds.' }),
    backgroundSeconds: setting({
      kind,
      default: 3600,
      unit: 'seconds, 0 for as long as it takes',
      doc:
        'For so long work counts as use that nobody looks at: a command in the background, a program in a terminal, an answer ' +
        'that says nothing. A server that was started and left would keep its sandbox awake for ever otherwise.',
    }),
  },
} as const satisfies Section;
