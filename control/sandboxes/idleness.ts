import { AgentActivity } from '../../shared/api/activity.ts';
import { callAgent } from './agent.ts';
import type { Sandboxes } from './sandboxes.ts';
import { liveStates } from './states.ts';
import type { SandboxRow } from './store.ts';
import { type IdleTimes, nextStep, type Step } from './tiers.ts';

/** Node's timers count in 31 bits of milliseconds. */
const longestTimer = 2 ** 31 - 1;
/** What is at work is asked for again so often at least: its end is known no better than that. */
const lookMs = 10_000;
/** An agent that says nothing for so long is taken to be busy. */
const patienceMs = 2000;
/** After a failure, before the next try. */
const retryMs = 5000;

/** Lets sandboxes that nobody uses sink: to be frozen, to be stopped, to end. One timer for each that may. */
export class Idleness {
  readonly #sandboxes: Sandboxes;
  readonly #log: (message: string, details: object) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** When something was last seen at work in a sandbox, by the process's own clock. */
  readonly #workAt = new Map<string, number>();
  readonly #stepping = new Set<Promise<void>>();
  #isClosed = false;

  constructor(sandboxes: Sandboxes, log: (message: string, details: object) => void) {
    this.#sandboxes = sandboxes;
    this.#log = log;
  }

  /** Begins with those that there are, and follows what becomes of each. */
  watch(): void {
    const { store, visits } = this.#sandboxes;
    store.onTransition((id) => {
      // Whoever has made or woken it wants to use it.
      if (store.get(id)?.state === 'Running') visits.touch(id);
      this.#look(id);
    });
    for (const id of store.ids(liveStates)) this.#look(id);
  }

  /** Begins nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#stepping);
  }

  /** Sets the timer for the next step of one, or takes it now. What isn't settled comes back here by its next transition. */
  #look(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const row = this.#sandboxes.store.get(id);
    const step = row?.idle && nextStep(row.tier, row.idle);
    const idleMs = row && this.#idleMs(row);
    if (!row?.idle || idleMs === undefined || this.#isClosed) {
      this.#workAt.delete(id);
      return;
    }
    if (!step) return;
    if (idleMs < step.afterMs) {
      this.#again(id, step.afterMs - idleMs);
      return;
    }
    const stepping = this.#step(row, row.idle, step)
      .catch((error) => {
        this.#log('a sandbox that nobody uses could not be put to rest yet', { sandbox: id, err: error });
        this.#again(id, retryMs);
      })
      .finally(() => this.#stepping.delete(stepping));
    this.#stepping.add(stepping);
  }

  /** For how long it has not been used; undefined where idleness has no say. */
  #idleMs({ id, state, idleSince }: SandboxRow): number | undefined {
    const { visits } = this.#sandboxes;
    if (state === 'Running') return performance.now() - Math.max(visits.lastAt(id), this.#workAt.get(id) ?? 0);
    if (state === 'Paused' && idleSince !== undefined) return Date.now() - idleSince;
    return undefined;
  }

  async #step(row: SandboxRow, times: IdleTimes, { to, afterMs }: Step): Promise<void> {
    const sandboxes = this.#sandboxes;
    const { visits } = sandboxes;
    const { id } = row;
    const lastAt = visits.lastAt(id);
    const isRunning = row.state === 'Running';
    const mayRest = () => !this.#isClosed && (!isRunning || (!visits.isVisited(id) && visits.lastAt(id) === lastAt));
    if (isRunning && (await this.#isHeldByWork(row, times))) {
      this.#workAt.set(id, performance.now());
      this.#again(id, Math.min(afterMs, lookMs));
      return;
    }
    const idleSince = row.idleSince ?? Date.now() - Math.round(this.#idleMs(row) ?? 0);
    const idle = { idleSince, mayRest };
    const steps = {
      frozen: () => sandboxes.freezer.freeze(id, idle),
      stopped: () => sandboxes.stopper.stop(id, idle),
      deleted: () => this.#end(row, mayRest),
    };
    const isDone = await steps[to]();
    if (!isDone) this.#again(id, Math.min(afterMs, retryMs));
  }

  /** True while something is at work in it, and not for longer than such work counts without anybody who looks. */
  async #isHeldByWork(row: SandboxRow, { backgroundSeconds }: IdleTimes): Promise<boolean> {
    const { visits, runtime } = this.#sandboxes;
    if (backgroundSeconds > 0 && visits.idleMs(row.id) >= backgroundSeconds * 1000) return false;
    try {
      const signal = AbortSignal.timeout(patienceMs);
      const atWork = AgentActivity.parse(await callAgent(runtime, row, { method: 'GET', path: '/activity', signal }));
      return Object.values(atWork).some((count) => count > 0);
    } catch {
      return true;
    }
  }

  async #end(row: SandboxRow, mayRest: () => boolean): Promise<boolean> {
    const now = this.#sandboxes.store.get(row.id);
    if (now?.transitionAt !== row.transitionAt || now.state !== row.state || !mayRest()) return false;
    await this.#sandboxes.end(row.id, {
      reason: 'idle_expiry',
      message: 'Nobody used it for as long as it may be idle.',
    });
    return true;
  }

  #again(id: string, ms: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.#look(id), Math.min(longestTimer, Math.ceil(ms) + 1)).unref());
  }
}
