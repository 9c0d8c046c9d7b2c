import type { Check } from '../check.ts';

/** That what sandboxes get by default is allowed, and fits. */
export const limits: readonly Check[] = [
  {
    about: ['sandbox.memory', 'sandbox.max_memory'],
    find: ({ sandbox }, { written }) =>
      sandbox.maxMemory !== undefined && sandbox.memory > sandbox.maxMemory
        ? `expected a default of at most the maximum, found ${written('sandbox.memory')} above ${written('sandbox.max_memory')}`
        : undefined,
  },
  {
    about: ['sandbox.cpu', 'sandbox.max_cpu'],
    find: ({ sandbox }, { written }) =>
      sandbox.maxCpu !== undefined && sandbox.cpu > sandbox.maxCpu
        ? `expected a default of at most the maximum, found ${written('sandbox.cpu')} above ${written('sandbox.max_cpu')}`
        : undefined,
  },
  {
    about: ['sandbox.disk', 'sandbox.max_disk'],
    find: ({ sandbox }, { written }) => {
      const { disk, maxDisk } = sandbox;
      if (maxDisk === undefined || (disk !== 0 && disk <= maxDisk)) return undefined;
      return `expected a default of at most the maximum, found ${written('sandbox.disk')} above ${written('sandbox.max_disk')}`;
    },
  },
  {
    about: ['sandbox.ring', 'sandbox.spool'],
    find: ({ sandbox }, { written }) =>
      sandbox.ring > sandbox.spool
        ? `expected one command's output to fit into the spool, found ${written('sandbox.ring')} above ${written('sandbox.spool')}`
        : undefined,
  },
];
