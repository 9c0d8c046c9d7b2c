import type { BuildEvent, BuildStatus, Packages } from '../../../shared/api/packages.ts';
import type { Storage } from '../../storage/open.ts';
import type { BuildContent } from './key.ts';

export type BuildState = BuildStatus['state'];

/** One build as the database has it. */
export interface BuildRow extends BuildContent {
  key: string;
  state: BuildState;
  message: string;
  /** ms since the epoch. */
  changedAt: number;
  /** Number of its newest event; 0: none yet. */
  lastEvent: number;
}

/** An event with its number. */
export interface NumberedEvent {
  n: number;
  type: Exclude<BuildEvent['type'], 'missed'>;
  /** ms since the epoch. */
  at: number;
  text: string;
}

/** Events of one build that are kept. */
const mostEvents = 1000;

type Columns = Record<string, string | number>;

/** The tables of builds. Every call is synchronous and complete when it returns. */
export class BuildStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Writes down a build that is to be; one that is there already stays as it is. */
  note(key: string, { base, packages }: BuildContent, now: number): void {
    this.#storage
      .prepare(
        `insert into template_builds (key, base, packages, state, message, changed_at)
         values (?, ?, ?, 'building', 'It waits for its turn.', ?) on conflict do nothing`,
      )
      .run([key, base, JSON.stringify(packages), now]);
  }

  get(key: string): BuildRow | undefined {
    const found = this.#storage.prepare('select * from template_builds where key = ?').get(key);
    return found ? fromColumns(found as Columns) : undefined;
  }

  /** The same of what may have none. */
  find(key: string | undefined): BuildRow | undefined {
    return key === undefined ? undefined : this.get(key);
  }

  /** Every one that a version of a template has. */
  wanted(): BuildRow[] {
    const rows = this.#storage
      .prepare(
        'select * from template_builds where key in (select build from template_versions) order by changed_at, key',
      )
      .all();
    return rows.map((row) => fromColumns(row as Columns));
  }

  /** Forgets those that no version of a template has. */
  forgetUnwanted(): void {
    const unwanted = 'select build from template_versions where build is not null';
    this.#storage.prepare(`delete from template_build_events where key not in (${unwanted})`).run();
    this.#storage.prepare(`delete from template_builds where key not in (${unwanted})`).run();
  }

  move(key: string, state: BuildState, message: string, now: number): void {
    this.#storage
      .prepare('update template_builds set state = ?, message = ?, changed_at = ? where key = ?')
      .run([state, message, now, key]);
  }

  /** Writes down what has happened, in order, and forgets the oldest where there are too many. */
  tell(key: string, events: readonly Omit<NumberedEvent, 'n'>[]): void {
    this.#storage.transaction(() => {
      const known = this.get(key);
      if (known === undefined) return;
      const insert = this.#storage.prepare(
        'insert into template_build_events (key, n, at, type, text) values (?, ?, ?, ?, ?)',
      );
      let n = known.lastEvent;
      for (const { at, type, text } of events) insert.run([key, ++n, at, type, text]);
      this.#storage.prepare('update template_builds set last_event = ? where key = ?').run([n, key]);
      this.#storage.prepare('delete from template_build_events where key = ? and n <= ?').run([key, n - mostEvents]);
    })();
  }

  /** The first so many events after a number. */
  events(key: string, after: number, most: number): NumberedEvent[] {
    return this.#storage
      .prepare('select n, at, type, text from template_build_events where key = ? and n > ? order by n limit ?')
      .all([key, after, most]) as NumberedEvent[];
  }

  /** The last so many lines of output, oldest first. */
  lastLines(key: string, most: number): string[] {
    const lines = this.#storage
      .prepare("select text from template_build_events where key = ? and type = 'line' order by n desc limit ?")
      .pluck()
      .all([key, most]) as string[];
    return lines.reverse();
  }
}

function fromColumns(found: Columns): BuildRow {
  return {
    key: found.key as string,
    base: found.base as string,
    packages: JSON.parse(found.packages as string) as Packages,
    state: found.state as BuildState,
    message: found.message as string,
    changedAt: found.changed_at as number,
    lastEvent: found.last_event as number,
  };
}
