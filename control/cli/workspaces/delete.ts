import { connectionHelp } from '../connection.ts';
import { aboutOne } from './one.ts';

/** Deletes one workspace. */
export const deleteCommand = aboutOne(
  {
    name: 'workspaces delete',
    summary: 'end one workspace’s sandbox, files and all, and forget its key',
    details: () => connectionHelp.join('\n'),
  },
  async (calls, key) => ((await calls.remove(key)) ? '' : undefined),
);
