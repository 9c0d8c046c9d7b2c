/** A workspace's URL in its parts, each as it is on the wire. */
export interface WorkspacePath {
  /** Up to the key and with it. */
  prefix: string;
  /** The key's. */
  segment: string;
  /** With the query: empty, or with a slash or a question mark in front. */
  rest: string;
}

const shape = /^(\/v1\/workspaces\/([^/?#]+))(.*)$/s;

/** Reads a URL below /v1/workspaces/; any other has empty parts. */
export function partsOf(url: string): WorkspacePath {
  const [, prefix = '', segment = '', rest = ''] = shape.exec(url) ?? [];
  return { prefix, segment, rest };
}
