import { Calls } from '../../users/calls.ts';
import { keyed } from '../../users/keyed.ts';
import { quoted } from '../../users/problem.ts';
import { nameOf, type WorkspaceKey } from '../../workspaces/key.ts';
import type { Command } from '../command.ts';
import { type Connection, connectionOf, connectionOptions } from '../connection.ts';
import { parse } from '../parse.ts';
import { UsageError } from '../usage-error.ts';
import { untilStopped } from './ending.ts';

/** A command that is about one workspace: its one argument is a key. `work` gives what is printed; undefined: there is no such one. */
export function aboutOne(
  about: Pick<Command, 'name' | 'summary' | 'details'>,
  work: (calls: Calls, key: WorkspaceKey) => Promise<string | undefined>,
): Command {
  return {
    ...about,
    synopsis: 'KEY [--url URL] [FLAG]...',
    async run(args, edge) {
      const { values, positionals } = parse(args, connectionOptions);
      const key = keyOf(positionals);
      const connection: Connection = connectionOf(values, edge);
      return untilStopped(edge, async (signal) => {
        const said = await work(new Calls({ ...connection, signal, retryMs: 0 }), key);
        if (said === undefined) edge.err(`cubby: there is no workspace of the key ${quoted(nameOf(key))}\n`);
        else edge.out(said);
        return said === undefined ? 1 : 0;
      });
    },
  };
}

function keyOf(words: readonly string[]): WorkspaceKey {
  if (words.length !== 1) throw new UsageError(`expected one KEY, issuer:subject, found ${words.length}`);
  const one = keyed({ place: 'KEY', id: words[0] }, undefined);
  if ('key' in one) return one.key;
  throw new UsageError(`KEY: expected ${one.expected}, found ${quoted(words[0])}`);
}
