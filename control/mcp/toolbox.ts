import type { CallToolResult, Tool } from '@modelcontextprotocol/server';

/** How far a call has come. `progress` only grows: seconds since it began, as nobody knows the end of a command. */
export interface Progress {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}

export interface ToolboxCall {
  /** Aborted when nobody waits for the answer any more: what was started for it ends. */
  signal: AbortSignal;
  /** Absent where the client doesn't want to be told. */
  report?: ((progress: Progress) => void) | undefined;
}

/** The tools of one workspace as a server of MCP has them: in this process, or behind another server. */
export interface Toolbox {
  /** What a model is to know of them all. */
  instructions: string;
  list(): Promise<Tool[]>;
  /** A tool that fails gives an answer that says so. @throws ProtocolError for a tool that isn't there */
  call(name: string, parameters: Record<string, unknown>, call: ToolboxCall): Promise<CallToolResult>;
}
