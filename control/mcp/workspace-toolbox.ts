import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { ApiError } from '../../shared/api/errors.ts';
import { toolNamed } from '../../shared/api/tools/catalogue.ts';
import { callTool, type ToolOptions } from '../tools/call.ts';
import { readImage } from '../tools/image.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import { instructions } from './instructions.ts';
import { listing } from './listing.ts';
import { failed, resultOf } from './results.ts';
import { ticking } from './ticking.ts';
import type { Toolbox } from './toolbox.ts';

export interface WorkspaceToolboxOptions extends ToolOptions {
  /** Whatever goes wrong without being the tool's or the caller's fault. */
  log(message: string, details: object): void;
}

/** The tools of the workspace of a key, in this process. */
export function workspaceToolbox({ log, ...options }: WorkspaceToolboxOptions, key: WorkspaceKey): Toolbox {
  return {
    instructions,
    list: async () => listing,
    call: async (name, parameters, { signal, report }) => {
      const tool = toolNamed(name);
      if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name.slice(0, 100)}`);
      const told = report && ticking(report, tool.title);
      try {
        const answer = await callTool(options, { key, tool, parameters, signal, watch: told?.watch });
        return await resultOf(tool, answer, (image) => readImage(options, { key, signal }, image));
      } catch (error) {
        if (error instanceof ApiError) return failed(`${error.message} (${error.code})`);
        if (!signal.aborted) log('a tool could not be called', { err: error, tool: tool.name });
        throw new ProtocolError(ProtocolErrorCode.InternalError, 'The tool could not be called; the log says why.');
      } finally {
        told?.stop();
      }
    },
  };
}
