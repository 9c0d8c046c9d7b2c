import type { ActingOptions } from '../files/acting.ts';
import { acting } from '../files/acting.ts';
import type { RequestPath } from '../files/path.ts';
import type { Caller } from '../users/passwd.ts';
import { workspaceDirectory } from './workspace-directory.ts';

/** One call of a tool: who calls, and from where. */
export interface ToolCall {
  /** With whose rights everything is done: the sandbox's own user's. */
  who: Caller;
  /** Where relative paths start, absolute; nobody has looked whether it is there. */
  directory: string;
  /** Resolves a path of the parameters; `field` is where it stood. @throws ApiError INVALID_PARAMETER */
  at(text: string, field: string): RequestPath;
  /** What a command that the call runs is to be known by, where whoever calls has chosen that. */
  commandId: string | undefined;
  /** Aborted when whoever called has gone: what only reads stops then. */
  signal: AbortSignal;
}

/** Makes a call from what its parameters say of the place. @throws ApiError INVALID_PARAMETER, UNKNOWN_USER, USER_NOT_ALLOWED */
export function toolCall(
  { cwd }: { cwd?: unknown },
  { signal, commandId }: Pick<ToolCall, 'signal' | 'commandId'>,
  options: ActingOptions,
): ToolCall {
  const { who } = acting({}, options);
  const base = workspaceDirectory(who, options);
  const from = (directory: string) => acting({}, { ...options, caller: () => who, workdir: directory });
  const directory = typeof cwd === 'string' ? from(base).at(cwd, 'cwd').absolute : base;
  return { who, directory, at: from(directory).at, commandId, signal };
}
