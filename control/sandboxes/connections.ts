import { ConnectionPool } from '../../shared/http/connections.ts';
import type { Runtime } from '../runtimes/runtime.ts';

/** Connections to sandboxes' agents that are kept and used again, by sandbox. */
export class Connections {
  readonly #runtime: Runtime;
  readonly #pools = new Map<string, ConnectionPool>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Those to one sandbox. */
  of(id: string): ConnectionPool {
    const known = this.#pools.get(id);
    if (known) return known;
    const pool = new ConnectionPool(() => this.#runtime.connect(id));
    this.#pools.set(id, pool);
    return pool;
  }

  /** Ends those to a sandbox that is gone. */
  drop(id: string): void {
    this.#pools.get(id)?.destroy();
    this.#pools.delete(id);
  }

  close(): void {
    for (const id of [...this.#pools.keys()]) this.drop(id);
  }
}
