import type { z } from 'zod';
import type { runCommand as tool } from '../../shared/api/tools/run-command.ts';
import type { Commands } from '../commands/commands.ts';
import type { ToolCall } from './call.ts';
import { toItsEnd, usualTimeoutMs } from './foreground.ts';
import { cutNotice } from './notices.ts';
import { outputFiles } from './output-files.ts';

type Parameters = z.infer<typeof tool.parameters>;
type Result = z.input<typeof tool.result>;

export interface Runner {
  commands: Commands;
  /** Directory for temporary files of whoever runs them. */
  temporary: string;
}

/** Runs a shell command to its end, or starts it in the background. @throws ApiError what `Commands.start` does */
export async function runCommand(
  { commands, temporary }: Runner,
  parameters: Parameters,
  call: ToolCall,
): Promise<Result> {
  const { command: text, background = false, timeout, env } = parameters;
  const command = await commands.start({
    command: text,
    directory: call.directory,
    background,
    timeout: timeout ?? (background ? undefined : usualTimeoutMs),
    envs: env,
    hold: false,
    id: call.commandId,
  });
  const id = { commandId: command.id, sandboxed: true as const };
  if (background) return { ...id, success: true, running: true, output: '', stdout: '', stderr: '' };
  const { cut, ...told } = await toItsEnd(commands, command, call.signal);
  const files = await outputFiles(command, cut, { caller: call.who, temporary });
  return { ...id, ...told, ...files, ...cutNotice(command.id, cut, files) };
}
