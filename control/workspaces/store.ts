import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { Storage } from '../storage/open.ts';
import type { WorkspaceKey } from './key.ts';

/** One workspace as the database has it. */
export interface WorkspaceRow extends WorkspaceKey {
  /** The sandbox it has, or the last one it had; undefined: none has been made yet. */
  sandboxId: string | undefined;
  /** What that was, or is to be, asked for with. */
  request: CreateSandboxRequest;
  /** ms since the epoch. */
  createdAt: number;
}

type Columns = Record<string, string | number | null>;

/** The table of workspaces. Every call is synchronous and complete when it returns. */
export class WorkspaceStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get({ issuer, subject }: WorkspaceKey): WorkspaceRow | undefined {
    const found = this.#storage
      .prepare('select * from workspaces where issuer = ? and subject = ?')
      .get(issuer, subject);
    return found ? fromColumns(found as Columns) : undefined;
  }

  /** Gives a key its sandbox, whether it had one or not. */
  give({ issuer, subject, sandboxId, request, createdAt }: WorkspaceRow): void {
    this.#storage
      .prepare(
        `insert into workspaces (issuer, subject, sandbox_id, request, created_at)
         values (@issuer, @subject, @sandboxId, @request, @createdAt)
         on conflict (issuer, subject) do update set sandbox_id = excluded.sandbox_id, request = excluded.request`,
      )
      .run({ issuer, subject, sandboxId: sandboxId ?? null, request: JSON.stringify(request), createdAt });
  }

  /** The same for many, at the price of one. */
  giveAll(rows: readonly WorkspaceRow[]): void {
    this.#storage.transaction(() => rows.forEach((row) => void this.give(row)))();
  }

  remove({ issuer, subject }: WorkspaceKey): void {
    this.#storage.prepare('delete from workspaces where issuer = ? and subject = ?').run(issuer, subject);
  }

  /** A page, newest first, and how many there are in all. Without an issuer: of all of them. */
  list(issuer: string | undefined, page: number, pageSize: number): { rows: WorkspaceRow[]; total: number } {
    const where = issuer === undefined ? '' : 'where issuer = @issuer';
    const values = { ...(issuer !== undefined && { issuer }) };
    const total = this.#storage.prepare(`select count(*) from workspaces ${where}`).pluck().get(values) as number;
    const rows = this.#storage
      .prepare(
        `select * from workspaces ${where} order by created_at desc, issuer, subject limit @pageSize offset @skipped`,
      )
      .all({ ...values, pageSize, skipped: (page - 1) * pageSize });
    return { rows: rows.map((row) => fromColumns(row as Columns)), total };
  }

  /** Those whose keys come behind one, byte by byte, in the order of keys. Costs the same wherever that is. */
  listAfter(issuer: string | undefined, after: WorkspaceKey, limit: number): WorkspaceRow[] {
    const where = issuer === undefined ? '' : 'and issuer = @issuer';
    const rows = this.#storage
      .prepare(
        `select * from workspaces where (issuer, subject) > (@afterIssuer, @afterSubject) ${where}
         order by issuer, subject limit @limit`,
      )
      .all({ ...(issuer !== undefined && { issuer }), afterIssuer: after.issuer, afterSubject: after.subject, limit });
    return rows.map((row) => fromColumns(row as Columns));
  }

  /** How many there are by the state of their sandbox; `None` for those that have none any more, `Provisioned` for none yet. */
  countByState(): Record<string, number> {
    const rows = this.#storage
      .prepare(
        `select coalesce(sandboxes.state, iif(sandbox_id is null, 'Provisioned', 'None')) as state, count(*) as n
         from workspaces left join sandboxes on sandboxes.id = sandbox_id group by 1`,
      )
      .all();
    return Object.fromEntries((rows as { state: string; n: number }[]).map(({ state, n }) => [state, n]));
  }
}

function fromColumns(found: Columns): WorkspaceRow {
  return {
    issuer: found.issuer as string,
    subject: found.subject as string,
    sandboxId: (found.sandbox_id ?? undefined) as string | undefined,
    request: JSON.parse(found.request as string) as CreateSandboxRequest,
    createdAt: found.created_at as number,
  };
}
