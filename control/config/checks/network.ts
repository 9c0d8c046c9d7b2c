import { closedBy } from '../addresses.ts';
import type { Check } from '../check.ts';

/** That exceptions open something, and not everything. */
export const network: readonly Check[] = [
  {
    about: ['network.allow'],
    find: ({ network: { allow } }) => {
      const everything = allow.find((range) => range.endsWith('/0'));
      return (
        everything &&
        `expected the ranges to open, found ${everything}, which opens everything: this host and the metadata of the cloud too`
      );
    },
  },
  {
    about: ['network.allow', 'network.block'],
    find: ({ network: { allow, block } }) => {
      for (const exception of allow) {
        const closed = closedBy(block, exception);
        if (closed)
          return `expected exceptions that are not blocked, found ${exception} in allow and ${closed} in block`;
      }
      return undefined;
    },
  },
];
