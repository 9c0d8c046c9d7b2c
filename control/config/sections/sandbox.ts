import { choice, processors, seconds, size, sizeOrNone, wholeNumber } from '../kinds.ts';
import { optional, type Section, setting } from '../setting.ts';

/** Highest pid_max of Linux on 64 bits. */
const mostPids = 4_194_304;

export const sandbox = {
  doc: 'What a sandbox gets that does not ask for something else, and what it may ask for at most.',
  settings: {
    profile: setting({
      kind: choice(['standard', 'hardened']),
      default: 'standard',
      doc:
        'standard: a writable root and what programs in images expect. hardened: read-only root, commands run as user 1000 ' +
        'without any capability. The default runs any image as it is.',
    }),
    memory: setting({
      kind: size('48Mi', '7Pi'),
      default: '2Gi',
      unit: 'bytes, or with a unit',
      doc: 'Memory of a sandbox. The agent takes about 25 MiB of it, and output that is kept counts too.',
    }),
    cpu: setting({
      kind: processors('0.01', '8192'),
      default: '1',
      unit: 'processors',
      doc: 'Processor time of a sandbox: 0.5 or "500m" is half of one processor. 0.01 is the least that the engine accepts.',
    }),
    disk: setting({
      kind: sizeOrNone('64Mi', '7Pi'),
      default: '10Gi',
      unit: 'bytes, or with a unit; 0 for no limit',
      doc:
        'Disk of a sandbox: what it writes beyond its image. The engine keeps the limit where its storage can; ' +
        'elsewhere a sandbox is looked at now and then, and stopped when it has more.',
    }),
    diskLookSeconds: setting({
      kind: seconds(0.1, 86_400),
      default: 30,
      unit: 'seconds',
      doc:
        'How often a running sandbox is looked at whose limit of disk the engine does not keep: it may have grown for so long, or longer ' +
        'where there are many or large ones, since looking takes at most four percent of the time.',
    }),
    maxMemory: optional({
      kind: size('48Mi', '7Pi'),
      unset: 'no limit',
      example: '8Gi',
      unit: 'bytes, or with a unit',
      doc: 'Most memory that a request may ask for.',
    }),
    maxCpu: optional({
      kind: processors('0.01', '8192'),
      unset: 'no limit',
      example: '4',
      unit: 'processors',
      doc: 'Most processors that a request may ask for.',
    }),
    maxDisk: optional({
      kind: size('64Mi', '7Pi'),
      unset: 'no limit',
      example: '50Gi',
      unit: 'bytes, or with a unit',
      doc: 'Most disk that a request may ask for. Where there is one, none may ask for no limit.',
    }),
    pids: setting({
      kind: wholeNumber(64, mostPids),
      default: 4096,
      unit: 'processes and threads',
      doc: 'Processes and threads of a standard sandbox, the about 15 of the agent included. Stops fork bombs.',
    }),
    hardenedPids: setting({
      kind: wholeNumber(64, mostPids),
      default: 256,
      unit: 'processes and threads',
      doc: 'The same for a hardened sandbox.',
    }),
    spool: setting({
      kind: size('1Mi', '64Gi'),
      default: '64Mi',
      unit: 'bytes, or with a unit',
      doc: "Room for all commands' output that can still be read. It is memory of the sandbox, taken as it fills; a sandbox with little memory gets an eighth of it.",
    }),
    ring: setting({
      kind: size('64Ki', '1Gi'),
      default: '8Mi',
      unit: 'bytes, or with a unit',
      doc: 'Output kept of one command. Older output is given up, and readers are told how much.',
    }),
    callerGraceSeconds: setting({
      kind: seconds(0, 3600),
      default: 10,
      unit: 'seconds',
      doc:
        'How long a command whose caller vanished still waits for it to come back and read on, rather than giving up output. ' +
        'Clients reconnect within a few seconds, or not at all.',
    }),
    readyTimeoutSeconds: setting({
      kind: seconds(1, 3600),
      default: 30,
      unit: 'seconds',
      doc: 'How long the agent of a new sandbox may take to answer. It takes 0.2 s on an idle machine; SDKs give up after 30 s.',
    }),
    maxLifetimeSeconds: setting({
      kind: wholeNumber(0, 10 * 366 * 86_400),
      default: 0,
      unit: 'seconds, 0 for no limit',
      doc: 'A sandbox ends when it has existed for so long, asleep or not, whatever renewals say. A request may ask for less.',
    }),
    maxSandboxes: setting({
      kind: wholeNumber(0, 1_000_000),
      default: 0,
      unit: 'sandboxes, 0 for no limit',
      doc: 'Sandboxes that may exist at once; a further one is refused with CAPACITY_EXCEEDED.',
    }),
  },
} as const satisfies Section;
