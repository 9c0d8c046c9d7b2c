import type { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import type { killCommand as tool } from '../../shared/api/tools/kill-command.ts';
import type { Commands } from '../commands/commands.ts';

/** Ends a command's whole tree of processes; that there is none to end is its result. */
export async function killCommand(
  commands: Commands,
  { commandId }: z.infer<typeof tool.parameters>,
): Promise<z.input<typeof tool.result>> {
  try {
    await commands.interrupt(commandId);
    return { success: true };
  } catch (error) {
    if (error instanceof ApiError && ['COMMAND_NOT_FOUND', 'COMMAND_NOT_RUNNING'].includes(error.code))
      return { success: false, error: error.message };
    throw error;
  }
}
