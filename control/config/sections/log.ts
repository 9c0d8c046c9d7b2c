import { choice } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const log = {
  doc: 'What is written to standard output, one JSON object a line.',
  settings: {
    level: setting({
      kind: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
      default: 'info',
      flag: 'log-level',
      doc: 'Least important lines that are written. At info, every request and every change of a sandbox is one line.',
    }),
  },
} as const satisfies Section;
