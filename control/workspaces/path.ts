import { keyIn, type WorkspaceKey } from './key.ts';

/** A workspace's URL, and what stands below it. */
export interface WorkspacePath {
  key: WorkspaceKey;
  /** As it is on the wire, up to the key and with it. */
  prefix: string;
  /** As it is on the wire, with the query: empty, or with a slash or a question mark in front. */
  rest: string;
}

const shape = /^(\/v1\/workspaces\/([^/?#]+))(.*)$/s;

/** Reads a URL below /v1/workspaces/ as it is on the wire. @throws ApiError `INVALID_WORKSPACE_KEY` */
export function pathIn(url: string): WorkspacePath {
  const [, prefix = '', segment = '', rest = ''] = shape.exec(url) ?? [];
  return { key: keyIn(segment), prefix, rest };
}
