import type { LeftKernel } from '../kernel.ts';
import { discardRecord, readRecords } from './records.ts';
import type { ServerKernelsOptions } from './server-kernels.ts';

/**
 * The kernels in servers that an agent had which was killed, oldest first. Those that it was just starting are ended. What speaks with
 * servers is only loaded when there are any.
 */
export function leftInServers(options: ServerKernelsOptions): LeftKernel[] {
  return readRecords(options.spool).flatMap((record) => {
    const { context, session } = record;
    const { server } = context;
    if (!server) {
      discardRecord(options.spool, record);
      return [];
    }
    const loaded = () => import('./server-kernels.ts');
    if (session)
      return [{ context, adopt: async (signal) => (await loaded()).adoptInServer(server, record, signal, options) }];
    void loaded().then(({ forget }) => forget(record, server, options, true));
    return [];
  });
}
