import type { Command } from '../command.ts';
import { overview } from '../help.ts';
import { backfillCommand } from './backfill.ts';
import { collectCommand } from './collect.ts';
import { deleteCommand } from './delete.ts';
import { getCommand } from './get.ts';
import { listCommand } from './list.ts';

const commands: readonly Command[] = [backfillCommand, collectCommand, listCommand, getCommand, deleteCommand];

/** What an administrator does with workspaces, by the API of a running server. */
export const workspaces: Command = {
  name: 'workspaces',
  synopsis: 'COMMAND',
  summary: 'provision workspaces for all users, collect those of users that are gone, look at them',
  commands,
  async run(_args, { err }) {
    err(overview(commands));
    return 2;
  },
};
