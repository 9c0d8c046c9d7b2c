import type { Command } from '../commands/command.ts';
import type { Commands } from '../commands/commands.ts';
import { type Collected, collect } from './collect.ts';
import { type ToldEnd, toldEnd } from './command-end.ts';

/** Where a time-out is not said. */
export const usualTimeoutMs = 120_000;

/**
 * Waits for a command's end and tells of it. When the caller goes first, the command and all that came of it is ended: nobody else
 * knows of it.
 */
export async function toItsEnd(
  commands: Commands,
  command: Command,
  signal: AbortSignal,
): Promise<Collected & ToldEnd> {
  const collected = await collect(command, signal);
  if (signal.aborted) {
    await commands.interrupt(command.id).catch(() => {});
    throw signal.reason;
  }
  await command.process.ended;
  return { ...collected, ...toldEnd(command) };
}
