import { randomUUID } from 'node:crypto';
import { ApiError } from '../../shared/api/errors.ts';
import {
  type TerminalInput,
  type TerminalResult,
  usualLeaseSeconds,
  usualTimeoutMs,
} from '../../shared/api/lobehub.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { type CommandEnd, endCommand, type Followed, follow } from './follow.ts';
import { type Lease, type Leases, noSession } from './leases.ts';
import { Output } from './output.ts';
import { sessionArgv } from './session-directory.ts';

/** A command that took no longer has not used up anything of its lease worth a second write. */
const shortMs = 1000;

export interface TerminalOptions {
  workspaces: Workspaces;
  sandboxes: Sandboxes;
  leases: Leases;
  /** What a workspace is made with that isn't there yet. */
  request: CreateSandboxRequest;
}

/** The reason of a signal that lets a command go on, in place of ending it. */
export const lettingGo = new Error('Control ends; the command goes on.');

/** A command that was started: enough to come back to it. */
export interface Started {
  sandboxId: string;
  commandId: string;
  session: Lease;
}

export interface Watching {
  /** Aborted: the command and all that it started is ended, or let go where the reason is `lettingGo`. */
  signal: AbortSignal;
  output?: Output;
  onStart?(started: Started): void;
}

/** What came of a command. */
export interface Ran {
  result: TerminalResult;
  isTimeUp: boolean;
}

/** Shell commands in sessions: directories in the workspace of a user. */
export class Terminal {
  readonly #options: TerminalOptions;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /**
   * Runs a command in a session of a user's, whose workspace is made where there is none and woken where it sleeps.
   * @throws ApiError `SESSION_NOT_FOUND`, `TOO_MANY_SESSIONS`; as workspaces are ensured; as the agent refuses a command;
   * `RUNTIME_ERROR`; the signal's reason
   */
  async run(
    key: WorkspaceKey,
    input: TerminalInput & { timeout_ms?: number | null | undefined },
    watching: Watching,
  ): Promise<Ran> {
    const { signal } = watching;
    const sessionId = input.session_id ?? `session-${randomUUID()}`;
    const create = input.create_if_missing === true || input.session_id == null;
    const { sandbox, leave } = await this.enter(key, create ? undefined : sessionId);
    try {
      signal.throwIfAborted();
      const ms = (input.lease_ttl_sec ?? usualLeaseSeconds) * 1000;
      const lease = { sessionId, sandboxId: sandbox.id, ms, create };
      const begun = this.#options.leases.renew(key, lease);
      const since = performance.now();
      const start = {
        argv: sessionArgv(sessionId, input.command),
        timeout: input.timeout_ms ?? usualTimeoutMs,
      };
      const ran = await this.#follow({ start }, begun, sandbox, watching);
      if (performance.now() - since < shortMs) return ran;
      const { expiresAt } = this.#options.leases.renew(key, { ...lease, create: true });
      return { ...ran, result: { ...ran.result, lease_expires_unix_ms: expiresAt } };
    } finally {
      leave();
    }
  }

  /** Comes back to a command. @throws ApiError `RUNTIME_ERROR`; the signal's reason */
  async resume({ sandboxId, commandId, session }: Started, watching: Watching): Promise<Ran> {
    const sandbox = this.#options.sandboxes.get(sandboxId);
    return this.#follow({ commandId }, session, sandbox, watching);
  }

  /**
   * The sandbox of a user's, awake until `leave` is called. `sessionId`: nothing is made or woken unless this session is there.
   * @throws ApiError `SESSION_NOT_FOUND`; as workspaces are ensured
   */
  async enter(key: WorkspaceKey, sessionId?: string): Promise<{ sandbox: SandboxRow; leave(): void }> {
    const { workspaces, sandboxes, leases, request } = this.#options;
    const known = workspaces.store.get(key);
    if (sessionId !== undefined && !leases.has(key, sessionId, known?.sandboxId)) throw noSession(sessionId);
    const { sandbox } = await workspaces.ensure(key, known ? undefined : request);
    return { sandbox, leave: sandboxes.visits.enter(sandbox.id) };
  }

  async #follow(followed: Followed, session: Lease, sandbox: SandboxRow, watching: Watching): Promise<Ran> {
    const { sandboxes } = this.#options;
    const { signal, onStart, output = new Output() } = watching;
    const letGo = new AbortController();
    let ending: Promise<void> | undefined;
    let commandId = 'commandId' in followed ? followed.commandId : undefined;
    const stop = () => {
      if (signal.reason === lettingGo) letGo.abort(signal.reason);
      // One that is just being started is ended as soon as its id is known.
      else if (commandId !== undefined)
        ending = endCommand({ sandboxes, sandbox }, commandId).catch((error) => letGo.abort(notEnded(error)));
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted) stop();
      const end = await follow(followed, {
        sandboxes,
        sandbox,
        output,
        signal: letGo.signal,
        onStart: (id) => {
          commandId = id;
          onStart?.({ sandboxId: sandbox.id, commandId: id, session });
          if (signal.aborted) stop();
        },
      });
      // What it had started is gone later than the command itself.
      await ending;
      signal.throwIfAborted();
      return ranTo(end, session, output);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

/** What is known of a command's output and session while it runs. */
export function soFar({ sessionId, created, expiresAt }: Lease, output: Output): Omit<TerminalResult, 'exit_code'> {
  return { session_id: sessionId, created, ...output.shown(), lease_expires_unix_ms: expiresAt };
}

/** Not by a code after which a client tries again: the command runs. */
function notEnded(cause: Error): ApiError {
  return new ApiError('RUNTIME_ERROR', `The command could not be ended, and runs on: ${cause.message}`, { cause });
}

function ranTo({ exitCode, isTimeUp }: CommandEnd, session: Lease, output: Output): Ran {
  if (isTimeUp) output.note('The command was ended: its time was up.');
  return { result: { ...soFar(session, output), exit_code: exitCode }, isTimeUp };
}
