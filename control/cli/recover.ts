import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import type { Command } from './command.ts';
import { listing } from './recovered.ts';
import { UsageError } from './usage-error.ts';

/** Lists what stores have left on the engine, or removes what one has. */
export const recover: Command = {
  name: 'recover',
  synopsis: '[--remove STORE] [--config FILE] [--set section.key=value]...',
  summary: 'list the sandboxes and snapshots of every store on the engine, or remove those of one',
  details: () =>
    'A store is a database. What a lost one has left stays on the engine, since no control touches what it did not make.\n' +
    'End the control of a store before its sandboxes are removed here.',
  async run(args, edge) {
    const { remove, rest } = parse(args);
    const { config } = loadConfig(rest, edge.surroundings);
    const stores = await edge.findStores(config);
    if (remove === undefined) {
      edge.out(listing(stores));
      return 0;
    }
    const named = stores.filter(({ id }) => id === remove);
    if (named.length === 0)
      throw new UsageError(`--remove: there is nothing of a store ${JSON.stringify(remove.slice(0, 80))}`);
    const { sandboxes, snapshots } = await edge.removeStore(config, remove);
    edge.out(`removed ${sandboxes} sandboxes, ${snapshots} snapshots and their network\n`);
    return 0;
  },
};

/** Takes `--remove` out; the rest are flags of the configuration. */
function parse(args: readonly string[]): { remove: string | undefined; rest: string[] } {
  const at = args.indexOf('--remove');
  if (at === -1) return { remove: undefined, rest: [...args] };
  const { values } = parseArgs({
    args: args.slice(at, at + 2),
    options: { remove: { type: 'string' } },
    strict: false,
  });
  if (typeof values.remove !== 'string') throw new UsageError('--remove: expected the id of a store');
  return { remove: values.remove, rest: [...args.slice(0, at), ...args.slice(at + 2)] };
}
