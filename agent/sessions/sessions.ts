import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSessionRequest, SessionSummary } from '../../shared/api/sessions.ts';
import type { Processes } from '../processes/processes.ts';
import { findShell } from '../processes/shell.ts';
import { childEnvironment } from '../users/environment.ts';
import type { Caller } from '../users/passwd.ts';
import { madeDirectory } from './directory.ts';
import { leftSessions } from './left.ts';
import type { SessionRecord } from './records.ts';
import { Session } from './session.ts';

/** Each costs a shell's memory and a share of the spool. */
const maxSessions = 100;

export interface SessionsOptions {
  processes: Processes;
  spool: string;
  callerGraceMs: number;
  /** Base environment, and whether its HOME counts. */
  environ: Record<string, string>;
  keepHome: boolean;
  /** Directory that relative working directories start from. */
  workdir: string;
  /** Whom a session runs as, from its uid and gid. */
  caller(uid?: number | null, gid?: number | null): Caller;
  /** The shell to run; the image's best unless given. */
  shell?: () => { words: string[]; isBash: boolean };
}

/** The table of sessions. They outlive the agent that made them. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  /** Sessions that are not in the table yet. */
  #starting = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    for (const session of leftSessions(options, ({ owner }) => owner === undefined)) {
      this.#sessions.set(session.id, session);
    }
  }

  /**
   * Makes a session whose shell is ready.
   * @throws ApiError `TOO_MANY_SESSIONS`, `WORKING_DIRECTORY_NOT_FOUND`, `INVALID_PARAMETER`, `USER_NOT_ALLOWED`, `SPOOL_FULL`, `RUNTIME_ERROR`
   */
  async create(request: CreateSessionRequest): Promise<Session> {
    if (this.#sessions.size + this.#starting >= maxSessions) {
      throw new ApiError('TOO_MANY_SESSIONS', `There are ${maxSessions} sessions already; delete some first.`);
    }
    const { environ, keepHome, workdir, shell = findShell } = this.#options;
    const { cwd, envs, uid, gid } = request ?? {};
    const caller = this.#options.caller(uid, gid);
    const env = childEnvironment(environ, caller, { keepHome: keepHome && uid == null, request: envs ?? {} });
    const begins = cwd ? madeDirectory(cwd, { env, caller, base: workdir }) : workdir;
    const record: SessionRecord = { id: crypto.randomUUID(), createdAt: Date.now(), caller, env };
    this.#starting += 1;
    try {
      const session = await Session.start(record, { ...this.#options, shell: shell(), cwd: begins });
      this.#sessions.set(record.id, session);
      return session;
    } finally {
      this.#starting -= 1;
    }
  }

  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** @throws ApiError `SESSION_NOT_FOUND` */
  get(id: string): Session {
    const session = this.#sessions.get(id);
    if (session) return session;
    throw new ApiError('SESSION_NOT_FOUND', `There is no session ${id.slice(0, 100)}.`, { field: 'id' });
  }

  /** The oldest first. */
  list(): SessionSummary[] {
    return [...this.#sessions.values()].map((session) => session.summary());
  }

  /** How many run something. */
  get atWork(): number {
    return this.#sessions
      .values()
      .filter(({ current }) => current !== undefined)
      .toArray().length;
  }

  /** See `Session.interrupt`. */
  interrupt(id: string): Promise<void> {
    return this.get(id).interrupt();
  }

  /**
   * Ends a session and everything that was started in it, and returns when nothing of it is left.
   * @throws ApiError `SESSION_NOT_FOUND`, `RUNTIME_ERROR`: then it can be tried again
   */
  async delete(id: string): Promise<void> {
    const session = this.get(id);
    await session.end();
    this.#sessions.delete(id);
    void session.forget();
  }

  /** Lets go of everything; shells run on. */
  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }
}
