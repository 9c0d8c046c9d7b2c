import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CommandStatus } from '../../shared/api/commands.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { StreamEvent } from '../../shared/api/events.ts';
import { callAgent } from '../sandboxes/agent.ts';
import { knownCode } from '../sandboxes/agent-refusal.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { hasEnded } from '../sandboxes/states.ts';
import { AgentRefusal, agentEvents } from './agent-events.ts';
import { mostOutputBytes, type Output } from './output.ts';

/** An agent that died is back within a second; one on a loaded machine is waited for longer. */
const patienceMs = 60_000;
const retryMs = 100;
const askMs = 30_000;
/** Asked for of each stream: as much as is kept, and the rest of a character. */
const toldBytes = mostOutputBytes + 4;

/** A command, to be started or one that runs. */
export type Followed = { start: object } | { commandId: string };

export interface FollowOptions {
  sandboxes: Sandboxes;
  sandbox: { id: string; token: string };
  output: Output;
  /** Lets go of the command, which goes on. */
  signal: AbortSignal;
  /** It runs, under this id. */
  onStart?(commandId: string): void;
}

/** How a command ended. */
export interface CommandEnd {
  exitCode: number;
  isTimeUp: boolean;
}

/** As coreutils' `timeout` has it, and as a shell has it of SIGKILL. */
const timeUpCode = 124;
const killedCode = 137;

/**
 * Follows a command to its end, and comes back to it where the connection breaks: agents are replaced while commands run on.
 * @throws ApiError as the agent refuses it; `RUNTIME_ERROR` where nobody knows what became of it; the signal's reason
 */
export async function follow(followed: Followed, options: FollowOptions): Promise<CommandEnd> {
  const { sandboxes, sandbox, output, signal, onStart } = options;
  let id = 'commandId' in followed ? followed.commandId : undefined;
  let waitedMs = 0;
  for (;;) {
    const call =
      id === undefined
        ? startOf(followed)
        : { method: 'GET' as const, path: `/command/${id}/events?hold=true&max_output_bytes=${toldBytes}` };
    try {
      for await (const event of agentEvents(sandboxes, sandbox, { ...call, signal })) {
        waitedMs = 0;
        if (event.type !== 'init') take(event, output);
        // Told from the start again, when the connection broke.
        else if (id !== undefined) output.clear();
        else {
          id = String(event.text);
          onStart?.(id);
        }
        const isLast = event.type === 'execution_complete' || event.type === 'error';
        if (isLast && id !== undefined) return await endOf(event, () => statusOf(options, id!));
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AgentRefusal) throw refused(error, id);
      if (id === undefined) throw lost('It is not known whether the command was started', error);
    }
    if (id === undefined) throw lost('The agent said nothing of the command');
    requireThere(sandboxes, sandbox.id);
    if (waitedMs >= patienceMs) throw lost('The sandbox’s agent does not tell what became of the command');
    await delay(retryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    // What stands still for a while loses nothing.
    if (sandboxes.store.get(sandbox.id)?.state === 'Running') waitedMs += retryMs;
  }
}

/** Ends a command and all that it started; settles when nothing of it is left. @throws ApiError `AGENT_UNREACHABLE` */
export async function endCommand(
  { sandboxes, sandbox }: Pick<FollowOptions, 'sandboxes' | 'sandbox'>,
  id: string,
): Promise<void> {
  const signal = AbortSignal.timeout(askMs + 10_000);
  try {
    await callAgent(sandboxes.runtime, sandbox, { method: 'DELETE', path: `/command?id=${id}`, signal });
  } catch (error) {
    // It had ended already.
    if (!(error instanceof ApiError) || error.code !== 'RUNTIME_ERROR') throw error;
  }
}

function startOf(followed: Followed) {
  return {
    method: 'POST' as const,
    path: '/command',
    body: 'start' in followed ? { ...followed.start, max_output_bytes: toldBytes } : undefined,
  };
}

function take({ type, text, truncated }: StreamEvent, output: Output): void {
  if ((type === 'stdout' || type === 'stderr') && typeof text === 'string') output.add(type, text);
  if (type === 'missed') output.miss();
  if (type === 'truncated') output.cut(truncated);
}

const ExitCode = z.string().regex(/^\d{1,3}$/);

async function endOf(event: StreamEvent, status: () => Promise<CommandStatus>): Promise<CommandEnd> {
  if (event.type === 'execution_complete') return { exitCode: 0, isTimeUp: false };
  const exitCode = ExitCode.safeParse(event.error?.evalue);
  if (exitCode.success) return { exitCode: Number(exitCode.data), isTimeUp: false };
  const { reason, error = 'it ended in an unknown way' } = await status();
  if (reason === 'failed' || reason === 'lost') throw new ApiError('RUNTIME_ERROR', `The command failed: ${error}`);
  const isTimeUp = reason === 'timeout';
  return { exitCode: isTimeUp ? timeUpCode : killedCode, isTimeUp };
}

async function statusOf({ sandboxes, sandbox }: FollowOptions, id: string): Promise<CommandStatus> {
  const signal = AbortSignal.timeout(askMs);
  const via = sandboxes.connections.of(sandbox.id);
  const call = { method: 'GET' as const, path: `/command/status/${id}`, signal, via };
  return CommandStatus.parse(await callAgent(sandboxes.runtime, sandbox, call));
}

/** What is stopped runs no command any more. */
function requireThere({ store }: Sandboxes, id: string): void {
  const row = store.get(id);
  if (!row || hasEnded(row.state)) throw lost('The sandbox has ended, and the command with it');
  if (row.tier === 'stopped') throw lost('The sandbox was stopped, and the command with it');
}

function refused(error: AgentRefusal, id: string | undefined): ApiError {
  if (id !== undefined && error.code === 'COMMAND_NOT_FOUND') return lost('The command is not known any more', error);
  return new ApiError(knownCode(error.code), error.message, { cause: error });
}

/** Never a code after which a client tries again: the command may have run. */
function lost(what: string, cause?: unknown): ApiError {
  return new ApiError('RUNTIME_ERROR', `${what}.`, { cause });
}
