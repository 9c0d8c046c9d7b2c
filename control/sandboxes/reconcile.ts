import type { ContainerFacts } from '../runtimes/runtime.ts';
import { memoryRanOut } from './notes.ts';
import type { Sandboxes } from './sandboxes.ts';
import { type EndReason, hasEnded, unendedStates, verdictOnExit } from './states.ts';
import type { SandboxRow } from './store.ts';
import { wasEnded } from './was-ended.ts';

/** What an event may have been lost of is found this often. */
const intervalMs = 60_000;
/** After a failure: the engine may be starting again. */
const retryMs = 2000;

type Log = (message: string, details: object) => void;

/**
 * Moves the engine to what the database says should exist, and the database to what the engine says does: at start, on the
 * engine's events, and now and then. Only containers of this store are looked at.
 */
export class Reconciler {
  readonly #sandboxes: Sandboxes;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, by the process's own clock. */
  #next = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #events: Promise<void> | undefined;

  constructor(sandboxes: Sandboxes, log: Log) {
    this.#sandboxes = sandboxes;
    this.#log = log;
    sandboxes.onUnfinished(() => this.#again(retryMs));
  }

  /** Begins to listen to the engine, which makes it look at everything, and to look again now and then. */
  watch(): void {
    this.#events = this.#follow();
    this.#again(retryMs);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#events;
    await this.#running;
    await Promise.all(this.#working);
  }

  /** Looks at everything once. Calls at the same time are one. Never rejects: what failed is logged and tried again. */
  all(): Promise<void> {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #all(): Promise<void> {
    const { store, runtime } = this.#sandboxes;
    clearTimeout(this.#timer);
    this.#next = Number.POSITIVE_INFINITY;
    try {
      const containers = new Map((await runtime.list()).map((facts) => [facts.id, facts]));
      const ids = new Set([...store.ids(unendedStates), ...this.#sandboxes.standBy.ids(), ...containers.keys()]);
      for (const id of ids) await this.one(id, containers.get(id));
    } catch (error) {
      this.#log('the engine could not be compared with the database', { err: error });
      this.#again(retryMs);
    }
    this.#again(intervalMs);
  }

  /** Looks at one sandbox. `seen`: what an earlier look at the engine said, good enough to see that all is well. */
  async one(id: string, seen?: ContainerFacts): Promise<void> {
    const { store, runtime, standBy } = this.#sandboxes;
    const row = store.get(id);
    if (this.#sandboxes.underWay(id) || (row && seen && agree(row, seen))) return;
    try {
      // Looked up after the row was read: a container can't be found to lag behind its row.
      const facts = await runtime.inspect(id);
      // What this process has begun meanwhile, it ends; and what it has done since the row was read, the engine may have told of or not.
      if (this.#sandboxes.underWay(id)) return;
      if (row && !isSame(row, store.get(id))) return await this.one(id);
      if (row) await this.#settle(row, facts);
      else if (standBy.has(id)) standBy.settle(id, facts);
      else if (facts && !store.get(id)) {
        this.#log('a container without a row is removed', { sandbox: id });
        await runtime.remove(id);
      }
    } catch (error) {
      this.#log('a sandbox could not be put right yet', { sandbox: id, err: error });
    }
  }

  async #settle(row: SandboxRow, facts: ContainerFacts | undefined): Promise<void> {
    const sandboxes = this.#sandboxes;
    const { id } = row;
    if (row.state === 'Pending') {
      const message = 'Control ended while the sandbox was being created.';
      await sandboxes.end(id, { reason: 'control_restarted', message });
    } else if (row.state === 'Stopping') {
      await this.#finish(row);
    } else if (hasEnded(row.state)) {
      if (facts) await sandboxes.runtime.remove(id);
    } else if (!facts) {
      const message = 'Its container was removed, not by Cubby.';
      await sandboxes.end(id, { reason: 'container_removed', message });
    } else if (row.tier === 'stopped') {
      await this.#keepStopped(row, facts);
    } else if (facts.state === 'exited' && wasFrozen(row)) {
      sandboxes.stopper.rest(row);
    } else if (facts.state === 'exited' || facts.state === 'created') {
      await this.#exited(row, facts);
    } else if (facts.startedAt !== row.startedAt) {
      // Its network rules went with the earlier start, so it can't be let run; what it held in memory is gone anyway.
      await sandboxes.stopper.keep(
        row,
        'Its container was started again, not by Cubby: it is stopped until it is used.',
      );
    } else if (facts.state === 'paused' && row.frozen) {
      // For a moment only, by a process that came to its end meanwhile.
      await sandboxes.freezer.letGo(id);
    } else {
      const state = facts.state === 'paused' ? 'Paused' : 'Running';
      if (row.state !== state) sandboxes.follow(row, state);
    }
  }

  /** One that ended by itself has ended for good; what somebody else has ended keeps its disk. */
  async #exited(row: SandboxRow, facts: ContainerFacts): Promise<void> {
    const { id } = row;
    const sandboxes = this.#sandboxes;
    if (!(await wasEnded(sandboxes.runtime, facts))) {
      await sandboxes.end(id, verdictOnExit(facts.exitCode, facts.outOfMemory ?? false));
    } else if (!sandboxes.underWay(id) && isSame(row, sandboxes.store.get(id))) {
      const message =
        'Its container was ended from outside, as with the engine or the machine: it starts again when it is used.';
      await sandboxes.stopper.keep(row, message);
    }
  }

  /** One that is to be stopped: whatever runs there was not begun by this process, or not let go, and is ended. */
  async #keepStopped(row: SandboxRow, { state }: ContainerFacts): Promise<void> {
    const { stopper } = this.#sandboxes;
    if (state === 'running' || state === 'paused') await stopper.settle(row.id);
    else if (row.state !== 'Paused') stopper.rest(row);
  }

  /** An end that was begun: a deletion is carried out, any other end is told of for a while. */
  async #finish(row: SandboxRow): Promise<void> {
    if (row.reason === 'user_delete') await this.#sandboxes.remove(row.id);
    else await this.#sandboxes.end(row.id, { reason: row.reason as EndReason, message: row.message });
  }

  async #follow(): Promise<void> {
    const { runtime, store } = this.#sandboxes;
    for await (const event of runtime.events(this.#stop.signal)) {
      if (event.kind === 'resync') {
        // One that runs already may have looked before the engine was listened to.
        await this.#running;
        await this.all();
      } else if (event.kind === 'outOfMemory') store.events.record(event.id, memoryRanOut());
      // What ends here by this process's own doing needs no second look.
      else if (store.get(event.id)?.state !== 'Stopping') this.#look(event);
    }
  }

  /** Looks at the sandbox of an event, without keeping the next event waiting. */
  #look({ id, kind }: { id: string; kind: string }): void {
    const ours = this.#sandboxes.underWay(id);
    if (ours && (kind === 'started' || this.#sandboxes.explains(id, kind))) return;
    const work = (ours ? ours.then(() => this.one(id)) : this.one(id)).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** Looks at everything after so many ms, or earlier where that was planned already. */
  #again(ms: number): void {
    const at = performance.now() + ms;
    if (this.#stop.signal.aborted || at >= this.#next) return;
    clearTimeout(this.#timer);
    this.#next = at;
    this.#timer = setTimeout(() => void this.all(), ms).unref();
  }
}

/** True for one that ended while it was frozen, as with the engine: not by anything of its own, and its disk is there. */
function wasFrozen({ state, tier }: SandboxRow): boolean {
  return tier === 'frozen' && state !== 'Resuming';
}

/** What a row says of its sandbox's container, and when that last changed. */
const told = ['state', 'tier', 'frozen', 'startedAt', 'transitionAt'] as const;

/** True for a row that says what it said. */
function isSame(row: SandboxRow, now: SandboxRow | undefined): boolean {
  return told.every((field) => row[field] === now?.[field]);
}

/** True when there is nothing to do. */
function agree(row: SandboxRow, facts: ContainerFacts): boolean {
  if (row.tier === 'stopped') return row.state === 'Paused' && facts.state === 'exited';
  if (facts.startedAt !== row.startedAt) return false;
  return (row.state === 'Running' && facts.state === 'running') || (row.state === 'Paused' && facts.state === 'paused');
}
