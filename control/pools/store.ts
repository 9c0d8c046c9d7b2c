import type { Limits } from '../runtimes/runtime.ts';
import type { Storage } from '../storage/open.ts';

/** One member of a pool as the database has it: it stands by. */
export interface MemberRow {
  id: string;
  /** The template that it was made for. */
  pool: string;
  key: string;
  limits: Limits;
  token: string;
  startedAt: string;
  /** Its agent's word on that. */
  born: string;
  /** ms since the epoch. */
  createdAt: number;
}

/** The table of members. Every call is synchronous and complete when it returns. */
export class MemberStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  insert({ limits, ...row }: MemberRow): void {
    this.#storage
      .prepare(
        `insert into pool_members (id, pool, key, limits, token, started_at, born, created_at)
         values (@id, @pool, @key, @limits, @token, @startedAt, @born, @createdAt)`,
      )
      .run({ ...row, limits: JSON.stringify(limits) });
  }

  /** False when there was none: somebody else has had it. */
  remove(id: string): boolean {
    return this.#storage.prepare('delete from pool_members where id = ?').run(id).changes === 1;
  }

  /** Oldest first. */
  all(): MemberRow[] {
    const rows = this.#storage.prepare('select * from pool_members order by created_at, id').all();
    return (rows as Record<string, string>[]).map(({ id, pool, key, limits, token, started_at, born, created_at }) => ({
      id: id!,
      pool: pool!,
      key: key!,
      limits: JSON.parse(limits!) as Limits,
      token: token!,
      startedAt: started_at!,
      born: born!,
      createdAt: Number(created_at),
    }));
  }
}
