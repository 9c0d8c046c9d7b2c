import type { z } from 'zod';
import type { getCommandOutput as tool } from '../../shared/api/tools/get-command-output.ts';
import type { Command } from '../commands/command.ts';
import type { Commands } from '../commands/commands.ts';
import type { ToolCall } from './call.ts';
import { mostOutput } from './collect.ts';
import { toldEnd } from './command-end.ts';
import { LineFilter } from './line-filter.ts';
import { readOutput } from './new-output.ts';
import { type Told, tellAll, tellMatching } from './told-lines.ts';
import { readTold, writeTold } from './told-place.ts';
import type { Turns } from './turns.ts';

type Parameters = z.infer<typeof tool.parameters>;
type Result = z.input<typeof tool.result>;

/** Looked through at a time for lines that match. */
const searchedBytes = 256 * 1024;
/** And in one call: who writes faster than this is read must not keep it here. */
const mostSearchedBytes = 16 * 1024 * 1024;

/** What a look has found. */
interface Look extends Told {
  isOver: boolean;
  hasMore: boolean;
  /** Bytes that were given up before they were told. */
  missed: number;
  /** Where the next one begins, and how far this one has looked: an unfinished line or character is waited for. */
  next: number;
  seen: number;
}

export interface OutputTold {
  commands: Commands;
  /** Two who ask for the same command's output get each byte once. */
  turns: Turns;
}

/**
 * What a command has put out since it was last asked for. It counts as told when it is answered: when the caller has gone by
 * then, it is there for the next one. @throws ApiError `COMMAND_NOT_FOUND`, `INVALID_REQUEST_BODY`
 */
export async function getCommandOutput(
  { commands, turns }: OutputTold,
  { commandId, filter, timeout = 0 }: Parameters,
  { signal }: Pick<ToolCall, 'signal'>,
): Promise<Result> {
  const lines = filter === undefined ? undefined : new LineFilter(filter);
  const look = () => lookOn({ commands, commandId, lines, timeout, signal });
  return turns.take(commandId, look).finally(() => lines?.close());
}

interface Asked extends Pick<OutputTold, 'commands'> {
  commandId: string;
  lines: LineFilter | undefined;
  timeout: number;
  signal: AbortSignal;
}

/** Looks until there is something to tell. */
async function lookOn({ commands, commandId, lines, timeout, signal }: Asked): Promise<Result> {
  const command = commands.get(commandId);
  const { dir } = command.process;
  const until = performance.now() + timeout;
  let missed = 0;
  const from = readTold(dir);
  let look = await lookAt(command, from, lines);
  for (; ; look = await lookAt(command, look.next, lines)) {
    missed += look.missed;
    const left = until - performance.now();
    if (look.newOutput || (look.isOver && !look.hasMore) || signal.aborted) break;
    if (look.hasMore && look.next - from < mostSearchedBytes) continue;
    if (look.hasMore || left <= 0) break;
    await news(command, look.seen, signal, left);
  }
  signal.throwIfAborted();
  writeTold(dir, look.next);
  return told(command, look, missed);
}

async function lookAt(command: Command, from: number, filter: LineFilter | undefined): Promise<Look> {
  // First: what was put out before the end is then certainly seen.
  const isOver = command.process.look() !== undefined;
  const most = filter ? searchedBytes : mostOutput;
  const output = await readOutput(command, from, most);
  const isAll = output.ends === 'gap' || (isOver && output.ends === 'now');
  const told = filter ? await tellMatching(output, filter, isAll) : tellAll(output, isAll);
  return {
    ...told,
    isOver,
    hasMore: told.isFull || output.ends !== 'now',
    missed: output.start - from,
    next: output.start + told.length,
    seen: output.start + output.bytes.length,
  };
}

async function news(command: Command, seen: number, signal: AbortSignal, ms: number): Promise<void> {
  const { process } = command;
  process.ring.askForBell();
  const { stdout, stderr } = process.ring.state();
  if (stdout + stderr > seen) return;
  await process.news(signal, ms);
}

function told(command: Command, { newOutput: text, stdout, stderr, isOver, hasMore }: Look, missed: number): Result {
  const gap = missed > 0 ? `[${missed} bytes before this were given up: nobody asked for them in time]\n` : '';
  const newOutput = gap + text;
  const end = isOver ? toldEnd(command) : { success: true, durationMs: Date.now() - command.startedAt };
  return {
    ...end,
    running: !isOver,
    newOutput,
    output: newOutput,
    stdout,
    stderr,
    ...(hasMore && { notice: 'There is more: ask again.' }),
  };
}
