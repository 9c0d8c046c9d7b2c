import { join } from 'node:path';

/** The agent pack that `npm test` has built. */
export const pack = join(import.meta.dirname, '../../.pack/current');

/** The pack's addon that `withRights` needs. */
export const rightsAddon = join(pack, 'rights.node');
