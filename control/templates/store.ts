import type { TemplateSpec } from '../../shared/api/templates.ts';
import type { Storage } from '../storage/open.ts';

/** One version of a template as the database has it. Times are ms since the epoch. */
export interface TemplateRow {
  name: string;
  version: number;
  /** Without what opens a registry, and without nulls but those of the environment. */
  spec: TemplateSpec;
  /** When the template was made. */
  createdAt: number;
  /** When this version was. */
  changedAt: number;
  /** Key of the image with its packages; undefined where it has none. */
  build: string | undefined;
}

interface Addition {
  after: number;
  now: number;
  /** Writes down its build, together with it, and returns the build's key. */
  build?: (() => string) | undefined;
}

type Columns = Record<string, string | number | null>;

const joined = `select v.name, v.version, v.spec, v.build, v.created_at as changed_at, t.created_at
  from template_versions v join templates t on t.name = v.name and t.is_deleted = 0`;

/** The tables of templates. Every call is synchronous and complete when it returns. */
export class TemplateStore {
  readonly #storage: Storage;
  readonly #keepVersions: number;

  /** `keepVersions`: older ones are forgotten when a newer one is made. */
  constructor(storage: Storage, { keepVersions }: { keepVersions: number }) {
    this.#storage = storage;
    this.#keepVersions = keepVersions;
  }

  /** The newest version, or the one that is named; undefined where there is none. */
  get(name: string, version?: number): TemplateRow | undefined {
    const found = this.#storage
      .prepare(`${joined} where v.name = @name and v.version = coalesce(@version, t.version)`)
      .get({ name, version: version ?? null });
    return found ? fromColumns(found as Columns) : undefined;
  }

  /** The newest version of each, oldest template first. */
  all(): TemplateRow[] {
    const rows = this.#storage.prepare(`${joined} where v.version = t.version order by t.created_at, v.name`).all();
    return rows.map((row) => fromColumns(row as Columns));
  }

  /** A page of the newest versions, newest template first, and how many there are in all. */
  list(page: number, pageSize: number): { rows: TemplateRow[]; total: number } {
    const total = this.#storage.prepare('select count(*) from templates where is_deleted = 0').pluck().get() as number;
    const rows = this.#storage
      .prepare(`${joined} where v.version = t.version order by t.created_at desc, v.name limit ? offset ?`)
      .all([pageSize, (page - 1) * pageSize]);
    return { rows: rows.map((row) => fromColumns(row as Columns)), total };
  }

  /**
   * Makes the next version, if the newest is still `after`; 0: if there is no template of that name. Undefined where it is not.
   * Numbers go on where a template of that name was deleted.
   */
  add(name: string, spec: TemplateSpec, { after, now, build }: Addition): TemplateRow | undefined {
    return this.#storage.transaction(() => {
      if ((this.get(name)?.version ?? 0) !== after) return undefined;
      this.#storage
        .prepare(
          `insert into templates (name, version, created_at) values (@name, 1, @now)
           on conflict (name) do update set version = version + 1, is_deleted = 0,
             created_at = iif(is_deleted, excluded.created_at, created_at)`,
        )
        .run({ name, now });
      this.#storage
        .prepare(
          `insert into template_versions (name, version, spec, build, created_at)
           select name, version, @spec, @build, @now from templates where name = @name`,
        )
        .run({ name, spec: JSON.stringify(spec), build: build?.() ?? null, now });
      const row = this.get(name)!;
      this.#storage
        .prepare('delete from template_versions where name = ? and version <= ?')
        .run([name, row.version - this.#keepVersions]);
      return row;
    })();
  }

  /** Forgets a template and its versions; false where there is none. */
  remove(name: string): boolean {
    return this.#storage.transaction(() => {
      const { changes } = this.#storage
        .prepare('update templates set is_deleted = 1 where name = ? and is_deleted = 0')
        .run(name);
      this.#storage.prepare('delete from template_versions where name = ?').run(name);
      return changes === 1;
    })();
  }
}

function fromColumns(found: Columns): TemplateRow {
  return {
    name: found.name as string,
    version: found.version as number,
    spec: JSON.parse(found.spec as string) as TemplateSpec,
    createdAt: found.created_at as number,
    changedAt: found.changed_at as number,
    build: (found.build as string | null) ?? undefined,
  };
}
