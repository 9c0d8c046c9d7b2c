import { boolean, wholeNumber } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

/** Called as in OpenSandbox's own file. */
export const renewIntent = {
  doc: 'Sandboxes whose end each touch puts off: those that were created with the extension access.renew.extend.seconds.',
  settings: {
    enabled: setting({
      kind: boolean,
      default: true,
      doc: 'false: touches put nothing off, whatever a sandbox was created with.',
    }),
    minIntervalSeconds: setting({
      kind: wholeNumber(1, 3600),
      default: 60,
      unit: 'seconds',
      doc: 'An end is put off by at least so much, so that a busy sandbox costs no write for each request.',
    }),
  },
} as const satisfies Section;
