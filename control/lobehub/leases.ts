import { ApiError } from '../../shared/api/errors.ts';
import type { Storage } from '../storage/open.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';

/** Sessions that one user may have at a time. */
const mostSessions = 1000;

/** What there is of a session. */
export interface Lease {
  sessionId: string;
  /** True where it began just now. */
  created: boolean;
  /** ms since the epoch. */
  expiresAt: number;
}

export interface LeaseRequest {
  sessionId: string;
  /** The one in which the session is to be. */
  sandboxId: string;
  ms: number;
  /** Begin it where there is none. */
  create: boolean;
}

/** Which sessions there are, each in one sandbox and until a time. In the database: a restart ends none. */
export class Leases {
  readonly #storage: Storage;
  readonly #now: () => number;

  constructor(storage: Storage, now: () => number = Date.now) {
    this.#storage = storage;
    this.#now = now;
  }

  /** True for a session whose time isn't up, in this sandbox. */
  has({ issuer, subject }: WorkspaceKey, sessionId: string, sandboxId: string | undefined): boolean {
    const { expiresAt } = this.#find({ issuer, subject }, sessionId, sandboxId) ?? { expiresAt: 0 };
    return expiresAt > this.#now();
  }

  /**
   * Puts a session's end off, and never forward; begins it where that was asked for. Those that are over are forgotten.
   * @throws ApiError `SESSION_NOT_FOUND`, `TOO_MANY_SESSIONS`
   */
  renew(key: WorkspaceKey, { sessionId, sandboxId, ms, create }: LeaseRequest): Lease {
    const now = this.#now();
    const known = this.#find(key, sessionId, sandboxId);
    const isLive = known !== undefined && known.expiresAt > now;
    if (!isLive && !create) throw noSession(sessionId);
    if (!isLive) this.#makeRoom(key, now);
    const expiresAt = Math.max(isLive ? known.expiresAt : 0, now + ms);
    this.#storage
      .prepare(
        `insert into lobehub_leases (issuer, subject, session_id, sandbox_id, expires_at)
         values (@issuer, @subject, @sessionId, @sandboxId, @expiresAt)
         on conflict do update set sandbox_id = excluded.sandbox_id, expires_at = excluded.expires_at`,
      )
      .run({ issuer: key.issuer, subject: key.subject, sessionId, sandboxId, expiresAt });
    return { sessionId, created: !isLive, expiresAt };
  }

  #find({ issuer, subject }: WorkspaceKey, sessionId: string, sandboxId: string | undefined) {
    const found = this.#storage
      .prepare(
        `select expires_at as expiresAt from lobehub_leases
         where issuer = ? and subject = ? and session_id = ? and sandbox_id = ?`,
      )
      .get(issuer, subject, sessionId, sandboxId ?? '');
    return found as { expiresAt: number } | undefined;
  }

  #makeRoom({ issuer, subject }: WorkspaceKey, now: number): void {
    this.#storage.prepare('delete from lobehub_leases where expires_at <= ?').run(now);
    const count = this.#storage
      .prepare('select count(*) from lobehub_leases where issuer = ? and subject = ?')
      .pluck()
      .get(issuer, subject) as number;
    if (count < mostSessions) return;
    throw new ApiError(
      'TOO_MANY_SESSIONS',
      `This user has ${mostSessions} sessions; wait until the lease of one is over.`,
    );
  }
}

/** What whoever asks for a session that isn't there is told. */
export function noSession(sessionId: string): ApiError {
  const message = `There is no session ${sessionId}, or its lease is over. With create_if_missing it begins again, with the files that it had.`;
  return new ApiError('SESSION_NOT_FOUND', message, { field: 'session_id', expected: 'a session whose lease lasts' });
}
