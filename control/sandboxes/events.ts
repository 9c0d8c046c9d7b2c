import type { Storage } from '../storage/open.ts';

/** What an event is about: the life of a sandbox as the API tells it, what it runs on, or what it may reach. */
export type EventScope = 'lifecycle' | 'runtime' | 'network';

/** One thing that happened to a sandbox. */
export interface SandboxEvent {
  /** ms since the epoch; the last time, where it happened several times on end. */
  at: number;
  scope: EventScope;
  /** One word, as `Running`, `Renewed`, `OutOfMemory`. */
  kind: string;
  /** For people. Never a secret. */
  message: string;
  times: number;
}

/** What is to be written down. `repeats`: where the newest event is of the same kind, it is that one once more. */
export interface NewEvent {
  at?: number;
  scope: EventScope;
  kind: string;
  message: string;
  repeats?: boolean;
}

/** So many are kept of each sandbox, the latest. */
const mostEvents = 200;
const longestMessage = 1000;

/** The table of what happened to sandboxes. An event goes with its sandbox. */
export class SandboxEvents {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Adds one, in the transaction that is open, if any. Of a sandbox that there is not, nothing is kept. */
  record(sandboxId: string, { at = Date.now(), scope, kind, message, repeats = false }: NewEvent): void {
    const values = { at, scope, kind, sandboxId, message: message.slice(0, longestMessage) };
    if (repeats && this.#repeat(values)) return;
    const { changes } = this.#storage
      .prepare(
        `insert into sandbox_events (sandbox_id, at, scope, kind, message)
         select id, @at, @scope, @kind, @message from sandboxes where id = @sandboxId`,
      )
      .run(values);
    if (changes === 0) return;
    this.#storage
      .prepare(
        `delete from sandbox_events where sandbox_id = @sandboxId and number <= (
           select number from sandbox_events where sandbox_id = @sandboxId order by number desc limit 1 offset @most)`,
      )
      .run({ sandboxId, most: mostEvents });
  }

  /** The latest of a sandbox, in the order in which they happened. */
  of(sandboxId: string, limit = mostEvents): SandboxEvent[] {
    const found = this.#storage
      .prepare(
        'select at, scope, kind, message, times from sandbox_events where sandbox_id = ? order by number desc limit ?',
      )
      .all(sandboxId, limit);
    return (found as SandboxEvent[]).reverse();
  }

  #repeat(values: object): boolean {
    const { changes } = this.#storage
      .prepare(
        `update sandbox_events set at = @at, message = @message, times = times + 1 where kind = @kind and number = (
           select max(number) from sandbox_events where sandbox_id = @sandboxId)`,
      )
      .run(values);
    return changes === 1;
  }
}
