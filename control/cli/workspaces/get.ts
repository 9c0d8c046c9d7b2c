import { connectionHelp } from '../connection.ts';
import { aboutOne } from './one.ts';

/** Prints one workspace as the API has it. */
export const getCommand = aboutOne(
  {
    name: 'workspaces get',
    summary: 'print one workspace as JSON; its sandbox is not woken',
    details: () => connectionHelp.join('\n'),
  },
  async (calls, key) => {
    const workspace = await calls.get(key);
    return workspace && `${JSON.stringify(workspace, undefined, 2)}\n`;
  },
);
