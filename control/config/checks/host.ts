import type { Check } from '../check.ts';

/** That processes without isolation are wanted, and that nothing is asked of them that they can't do. */
export const host: readonly Check[] = [
  {
    about: ['runtime.type', 'runtime.accept_no_isolation'],
    find: ({ runtime }) =>
      runtime.type === 'host' && !runtime.acceptNoIsolation
        ? 'expected accept_no_isolation = true: the host runtime isolates nothing, and code in a sandbox can do to this machine what this server can'
        : undefined,
  },
  {
    about: ['runtime.type', 'network.enabled'],
    find: ({ runtime, network }) =>
      runtime.type === 'host' && !network.enabled
        ? 'expected network.enabled = true: the host runtime can’t take the network away'
        : undefined,
  },
  {
    about: ['runtime.type', 'sandbox.profile'],
    find: ({ runtime, sandbox }) =>
      runtime.type === 'host' && sandbox.profile === 'hardened'
        ? 'expected sandbox.profile = "standard": the host runtime can’t harden anything'
        : undefined,
  },
];
