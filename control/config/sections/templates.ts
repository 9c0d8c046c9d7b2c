import { wholeNumber } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const templates = {
  doc: 'Templates: what sandboxes are made of, by name. See docs/templates.md.',
  settings: {
    keepVersions: setting({
      kind: wholeNumber(1, 10_000),
      default: 20,
      unit: 'versions',
      doc: 'Versions of each template that can still be asked for. Sandboxes made of older ones go on.',
    }),
  },
} as const satisfies Section;
