import type { Workspace } from '../../../shared/api/workspaces.ts';
import type { GoneWorkspace } from '../../users/gone.ts';

/** One workspace in a line: when it was made, how it is and since when, and its key, which may have any length. */
export function lineOf({ key, createdAt, state, since }: GoneWorkspace): string {
  return `${minute(createdAt)}  ${state.padEnd(11)}  ${since === undefined ? ' '.repeat(16) : minute(since)}  ${key}\n`;
}

/** What a line shows of one. */
export function listed({ key, createdAt, state, sandbox }: Workspace): GoneWorkspace {
  return { key, createdAt, state, since: sandbox?.status.lastTransitionAt };
}

function minute(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}
