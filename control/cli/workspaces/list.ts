import { Calls } from '../../users/calls.ts';
import { isIssuer } from '../../workspaces/key.ts';
import type { Command } from '../command.ts';
import { connectionHelp, connectionOf, connectionOptions } from '../connection.ts';
import { parse } from '../parse.ts';
import { UsageError } from '../usage-error.ts';
import { untilStopped } from './ending.ts';
import { lineOf, listed } from './listing.ts';

const options = {
  ...connectionOptions,
  issuer: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** Lists workspaces. */
export const listCommand: Command = {
  name: 'workspaces list',
  synopsis: '[--issuer NAME] [--json] [--url URL] [FLAG]...',
  summary: 'list workspaces in the order of their keys',
  details: () =>
    [
      'A line has when it was made (UTC), its state and since when it has that, and its key.',
      '',
      '--issuer NAME       those of one application',
      '--json              each as a line of JSON, as the API has it',
      ...connectionHelp,
    ].join('\n'),
  async run(args, edge) {
    const { values, positionals } = parse(args, options);
    if (positionals.length > 0) throw new UsageError(`expected no words but flags, found ${positionals.length}`);
    if (values.issuer !== undefined && !isIssuer(values.issuer))
      throw new UsageError('--issuer: expected 1 to 63 lower-case letters, digits and hyphens');
    const connection = connectionOf(values, edge);
    return untilStopped(edge, async (signal) => {
      const calls = new Calls({ ...connection, signal, retryMs: 0 });
      for await (const workspaces of calls.workspaces(values.issuer)) {
        signal.throwIfAborted();
        const lines = workspaces.map((each) => (values.json ? `${JSON.stringify(each)}\n` : lineOf(listed(each))));
        edge.out(lines.join(''));
      }
      return 0;
    });
  },
};
