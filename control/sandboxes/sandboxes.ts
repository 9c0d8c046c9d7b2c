import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { ImageFacts, Log, Runtime } from '../runtimes/runtime.ts';
import { Connections } from './connections.ts';
import { Creations } from './creations.ts';
import { Disks } from './disks.ts';
import { Freezer } from './freezer.ts';
import { type MetadataPatch, patchedMetadata } from './metadata.ts';
import { labelled } from './notes.ts';
import type { Making, SandboxesOptions } from './options.ts';
import { outputOf } from './output.ts';
import { Removals } from './removals.ts';
import { Renewals } from './renewals.ts';
import type { StandBy } from './standby.ts';
import {
  allStates,
  canFollow,
  hasEnded,
  isLive,
  outcomeOf,
  type Reason,
  type State,
  type Verdict,
  verdictOnTime,
} from './states.ts';
import { Stopper } from './stopper.ts';
import type { SandboxRow, SandboxStore } from './store.ts';
import { TierChanges } from './tier-changes.ts';
import { Visits } from './visits.ts';
import { Works } from './works.ts';

/** Lines of output kept of a sandbox that has ended. */
const keptLines = 500;

/**
 * The life of every sandbox: the row comes first and says what should be, the container follows. What one call left
 * unfinished, because this process died or the engine did not answer, reconcile finishes.
 */
export class Sandboxes {
  readonly #options: SandboxesOptions;
  readonly #now: () => number;
  readonly #works = new Works();
  readonly #freezer: Freezer;
  /** Stops what nobody uses, and starts it again. */
  readonly stopper: Stopper;
  readonly #removals: Removals;
  /** Those to agents that are kept. */
  readonly connections: Connections;
  /** How often idleness put them to sleep, and they were woken. */
  readonly tierChanges = new TierChanges();
  /** What is known of their disks. */
  readonly disks = new Disks();
  /** Who is in sandboxes, and when they were last used. */
  readonly visits = new Visits();
  /** Puts off ends. */
  readonly renewals: Renewals;
  readonly #creations: Creations;
  #onDueChange: () => void = () => {};
  #onUnfinished: () => void = () => {};

  constructor(options: SandboxesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const onUnfinished = () => this.#onUnfinished();
    this.renewals = new Renewals({ ...options, now: this.#now, onDueChange: () => this.#onDueChange() });
    this.connections = new Connections(options.runtime);
    const { tierChanges, connections } = this;
    const engine = { ...options, now: this.#now, works: this.#works, tierChanges, connections, onUnfinished };
    this.stopper = new Stopper(engine);
    this.#freezer = new Freezer({ ...engine, stopper: this.stopper });
    this.#removals = new Removals({
      ...options,
      ready: (id) => this.#freezer.engineDone(id),
      onGone: (id) => {
        this.visits.forget(id);
        this.connections.drop(id);
      },
      onUnfinished,
    });
    this.#creations = new Creations({
      ...options,
      now: this.#now,
      removals: this.#removals,
      onDueChange: () => this.#onDueChange(),
    });
  }

  get store(): SandboxStore {
    return this.#options.store;
  }

  get runtime(): Runtime {
    return this.#options.runtime;
  }

  /** What stands by to become one. */
  get standBy(): StandBy {
    return this.#options.standBy;
  }

  /** Pauses and resumes, and keeps still for a moment. */
  get freezer(): Freezer {
    return this.#freezer;
  }

  /** Calls back whenever the next due time may have moved. */
  onDueChange(listener: () => void): void {
    this.#onDueChange = listener;
  }

  /** Calls back when something could not be finished now, and reconcile has to. */
  onUnfinished(listener: () => void): void {
    this.#onUnfinished = listener;
  }

  /** True for an event of the engine's that needs no look: it is what this process is doing. */
  explains(id: string, event: string): boolean {
    return this.#works.explains(id, event);
  }

  /** Settles when what this process is doing to a sandbox (making, pausing, resuming it) is done. Undefined: nothing. */
  underWay(id: string): Promise<void> | undefined {
    return this.#creations.underWay(id) ?? this.#works.underWay(id);
  }

  /**
   * Makes a sandbox and returns when its agent answers and its entrypoint was started.
   * @throws ApiError what is wrong with the request, or what kept it from starting; then nothing is left of it
   */
  create(request: CreateSandboxRequest, making: Making = {}): Promise<SandboxRow> {
    return this.#creations.create(request, making);
  }

  /** What makes them. */
  get creations(): Creations {
    return this.#creations;
  }

  /** Checks a request as `create` does, and makes nothing. Gives its image. @throws ApiError what is wrong with it */
  check(request: CreateSandboxRequest): Promise<ImageFacts> {
    return this.#creations.check(request);
  }

  /** @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` */
  get(id: string): SandboxRow {
    return this.#options.store.mustGet(id);
  }

  /** @throws ApiError `DOCKER::SANDBOX_NOT_RUNNING` */
  mustRun({ id, state, message }: SandboxRow): void {
    if (state !== 'Running') throw new ApiError('DOCKER::SANDBOX_NOT_RUNNING', `Sandbox ${id} is ${state}: ${message}`);
  }

  /**
   * Output of the entrypoint, each line with its time: of a live sandbox from the engine, of an ended one what was kept of it.
   * Nothing, while it has no container yet. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`
   */
  logs(id: string, { tail, since }: { tail: number; since?: Date | undefined }): Promise<Log> {
    return outputOf(this.#options, id, { tail, since });
  }

  /** Ends a sandbox and forgets it. Two at once are one. @throws ApiError when the engine doesn't do it; it is tried again later */
  async remove(id: string): Promise<void> {
    const row = this.get(id);
    if (isLive(row.state)) this.#move(id, 'Stopping', 'user_delete', 'It was deleted.');
    await this.#removals.remove(id);
    this.#options.store.remove(id);
  }

  /** Ends a sandbox whose time is up, or one that can't go on; it is told of for a while. */
  async end(id: string, { reason, message }: Verdict): Promise<void> {
    const dueAt = this.#now() + this.#options.rememberMs;
    const state = outcomeOf(reason);
    this.#options.log('a sandbox has ended', { sandbox: id, state, reason });
    // Through Stopping, so that it is not called ended while its container may still run.
    this.#move(id, 'Stopping', reason, message);
    const { runtime, store } = this.#options;
    const said = await runtime.logs(id, { tail: keptLines, timestamps: true }).catch(() => undefined);
    const kept = said && { lastWords: said.text, lastWordsCut: said.isCut ? (1 as const) : (0 as const) };
    if (kept?.lastWords) store.update(id, ['Stopping'], kept);
    await this.#removals.remove(id);
    this.#options.store.update(id, ['Stopping'], { state, reason, message, transitionAt: this.#now(), dueAt });
    this.#onDueChange();
  }

  /**
   * Changes what a sandbox is labelled with, an ended one's too: it is told of like any other. Two at once both have their effect.
   * @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `SANDBOX::INVALID_METADATA_LABEL`
   */
  patchMetadata(id: string, patch: MetadataPatch): SandboxRow {
    const metadata = patchedMetadata(this.get(id).metadata, patch);
    this.#options.store.update(id, allStates, { metadata }, labelled(patch));
    return this.get(id);
  }

  /** Records what the engine was found to say, unless the row has changed since. */
  follow(seen: SandboxRow, state: 'Running' | 'Paused'): void {
    if (this.#options.store.get(seen.id)?.transitionAt !== seen.transitionAt) return;
    const { id, idleSince } = seen;
    const reason = idleSince === undefined ? 'container_paused' : 'idle_frozen';
    if (state === 'Paused') {
      this.#move(id, 'Paused', reason, 'The container is paused.', { tier: 'frozen' });
      return;
    }
    // An engine that is late may freeze it yet, when whoever uses it has come back: then it is let go on.
    const mayFreezeYet = seen.state === 'Pausing' && idleSince !== undefined;
    const running = { tier: 'running', idleSince: undefined, ...(mayFreezeYet && { frozen: 1 as const }) } as const;
    this.#move(id, 'Running', 'container_running', 'The container runs.', running);
  }

  /** Ends, or forgets, what is due. */
  async settleDue(row: SandboxRow): Promise<void> {
    if (hasEnded(row.state)) {
      await this.#removals.remove(row.id);
      this.#options.store.remove(row.id);
    } else {
      await this.end(row.id, verdictOnTime(row, this.#now()));
    }
  }

  #move(id: string, state: State, reason: Reason, message: string, also: Partial<SandboxRow> = {}): void {
    const from = allStates.filter((earlier) => canFollow(earlier, state));
    this.#options.store.update(id, from, { ...also, state, reason, message, transitionAt: this.#now() });
  }
}
