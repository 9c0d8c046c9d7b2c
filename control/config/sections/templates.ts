import { processors, seconds, size, wholeNumber } from '../kinds.ts';
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
    buildMemory: setting({
      kind: size('64Mi', '7Pi'),
      default: '2Gi',
      unit: 'bytes, or with a unit',
      doc: 'Memory that the installers of packages may use.',
    }),
    buildCpu: setting({
      kind: processors('0.01', '8192'),
      default: '1',
      unit: 'processors',
      doc: 'Processor time that they may use.',
    }),
    buildMaxSize: setting({
      kind: size('1Mi', '1Pi'),
      default: '16Gi',
      unit: 'bytes, or with a unit',
      doc: 'What the packages of one template may take on the disk, looked at when they are installed.',
    }),
    buildTimeoutSeconds: setting({
      kind: seconds(1, 86_400),
      default: 1800,
      unit: 'seconds',
      doc: 'How long the installation of one template’s packages may take, before it fails.',
    }),
    buildWaitSeconds: setting({
      kind: seconds(0, 3600),
      default: 60,
      unit: 'seconds',
      doc: 'How long a request that needs packages waits for their installation, before it is refused with TEMPLATE_NOT_READY.',
    }),
    buildsAtOnce: setting({
      kind: wholeNumber(1, 64),
      default: 1,
      unit: 'builds',
      doc: 'Images with packages that are built at the same time; the others wait for their turn.',
    }),
  },
} as const satisfies Section;
