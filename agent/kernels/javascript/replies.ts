/** Who answers, for kernel_info. */
export function kernelInfo(language: 'javascript' | 'typescript'): object {
  const isTyped = language === 'typescript';
  return {
    status: 'ok',
    protocol_version: '5.3',
    implementation: 'cubby',
    implementation_version: '1',
    language_info: {
      name: language,
      version: process.versions.node,
      mimetype: isTyped ? 'text/typescript' : 'text/javascript',
      file_extension: isTyped ? '.ts' : '.js',
    },
    banner: `Node.js ${process.version}`,
    help_links: [],
  };
}

/** The shortest answer to what only an editor asks; undefined to what nobody answers. */
export function unasked(type: string, content: unknown): object | undefined {
  const { cursor_pos: cursor } = content as { cursor_pos?: unknown };
  const at = { cursor_start: cursor, cursor_end: cursor, metadata: {} };
  const answers: Record<string, object> = {
    is_complete_request: { status: 'unknown' },
    complete_request: { status: 'ok', matches: [], ...at },
    inspect_request: { status: 'ok', found: false, data: {}, metadata: {} },
    history_request: { status: 'ok', history: [] },
    comm_info_request: { status: 'ok', comms: {} },
  };
  return answers[type];
}
