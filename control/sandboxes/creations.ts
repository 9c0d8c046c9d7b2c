import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { ContainerSpec, ImageFacts } from '../runtimes/runtime.ts';
import { claim, claimOf, isHopeless, mayHaveBegun } from './claim.ts';
import { imageFound } from './notes.ts';
import type { Making, SandboxesOptions } from './options.ts';
import { prepare } from './prepare.ts';
import type { Removals } from './removals.ts';
import type { SandboxRow } from './row.ts';
import type { Member } from './standby.ts';
import { type SpecOptions, specOf, start } from './start.ts';
import { allStates, canFollow, liveStates } from './states.ts';

/** Containers that stand by are tried so often; whoever asked is better off with a new one then. */
const mostTries = 3;

/** Somebody has deleted it meanwhile: nobody wants another. */
class Deleted extends ApiError {
  constructor() {
    super('DOCKER::SANDBOX_START_FAILED', 'The sandbox was deleted while it started.');
  }
}

export interface CreationsOptions extends SandboxesOptions {
  now: () => number;
  removals: Removals;
  onDueChange(): void;
}

/** Makes sandboxes: of containers that stand by, where one does that fits, and of new ones. */
export class Creations {
  readonly #options: CreationsOptions;
  /** Those of this process that are under way; a pending row that isn't here belongs to a process that died. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: CreationsOptions) {
    this.#options = options;
  }

  /** Settles when a sandbox that is being made is there, or is not. Undefined: it isn't being made. */
  underWay(id: string): Promise<void> | undefined {
    return this.#running.get(id);
  }

  /** True while any is being made. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** @throws ApiError what is wrong with the request, or what kept it from starting; then nothing is left of it */
  async create(request: CreateSandboxRequest, making: Making): Promise<SandboxRow> {
    if (!making.replacing) this.#requireRoom();
    const { row, ...made } = await prepare(request, this.#options, this.#options.now);
    making.gone?.throwIfAborted();
    await making.replacing?.();
    const options = { ...this.#options, ...made, agentSettings: made.settings };
    const claimed = await this.#claim(row, options, making);
    return claimed ?? this.#begin(row, made.image, making, () => start(this.#options.runtime, row, options));
  }

  /** What a container is made of that a request asks for, and its image's content id. @throws ApiError what is wrong with the request */
  async blueprint(request: CreateSandboxRequest): Promise<{ spec: ContainerSpec; imageId: string }> {
    const { row, ...made } = await prepare(request, this.#options, this.#options.now);
    const options = { ...this.#options, ...made, agentSettings: made.settings };
    return { spec: specOf(row, options, { mounts: [] }), imageId: made.image.id };
  }

  /** Checks a request as `create` does, and makes nothing. Gives its image. @throws ApiError what is wrong with it */
  async check(request: CreateSandboxRequest): Promise<ImageFacts> {
    return (await prepare(request, this.#options, this.#options.now)).image;
  }

  /** Has a container that stands by become the sandbox; undefined: none stands by that can. */
  async #claim(row: SandboxRow, made: SpecOptions, making: Making): Promise<SandboxRow | undefined> {
    const { standBy, runtime, readyTimeoutMs } = this.#options;
    if (row.volumes.length > 0 || row.snapshotId) return undefined;
    const spec = specOf(row, made, { mounts: [] });
    const claimed = claimOf(spec);
    for (let tries = 0; claimed && tries < mostTries; tries += 1) {
      this.#requireRoom();
      const member = standBy.take(spec, made.image.id);
      if (!member) return undefined;
      const { id, token, pool } = member;
      const limits = { ...row.limits, spool: member.limits.spool };
      const mine = { ...row, id, token, limits, pool, claim: claimed };
      const begin = () => claim(runtime, mine, member, readyTimeoutMs);
      try {
        return await this.#begin(mine, made.image, making, begin, member);
      } catch (error) {
        making.gone?.throwIfAborted();
        if (error instanceof Deleted) throw error;
        standBy.lost(member, error);
        if (mayHaveBegun(error)) throw error;
        // A new one has the words for it.
        if (isHopeless(error)) return undefined;
      }
    }
    return undefined;
  }

  /** Writes a sandbox down, and has it begin. Nothing is left of one that does not. `member`: what it was until now. */
  async #begin(
    row: SandboxRow,
    image: ImageFacts,
    { gone, inserted }: Making,
    begin: () => Promise<string>,
    member?: Member,
  ): Promise<SandboxRow> {
    // Others may have been made meanwhile.
    if (!member) this.#requireRoom();
    const { store, standBy, now, onDueChange } = this.#options;
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    this.#running.set(row.id, settled);
    let isWritten = false;
    try {
      store.insert(row, imageFound(row.image, image), () => {
        if (member) standBy.handOver(member);
        inserted?.(row.id);
      });
      isWritten = true;
      const startedAt = await begin();
      gone?.throwIfAborted();
      const running = { state: 'Running', reason: 'container_running', message: 'The agent answers.' } as const;
      if (!store.update(row.id, ['Pending'], { ...running, startedAt, transitionAt: now() })) {
        throw new Deleted();
      }
      onDueChange();
      return store.mustGet(row.id);
    } catch (error) {
      const isDeleted = isWritten && store.get(row.id)?.state !== 'Pending';
      await this.#undo(row.id);
      throw isDeleted ? new Deleted() : error;
    } finally {
      this.#running.delete(row.id);
      resolve();
    }
  }

  /** @throws ApiError `CAPACITY_EXCEEDED` */
  #requireRoom(): void {
    const { store, maxSandboxes: max } = this.#options;
    if (max === undefined || store.count(liveStates) < max) return;
    throw new ApiError('CAPACITY_EXCEEDED', `There are ${max} sandboxes already, as many as are allowed here.`);
  }

  /** Nothing stays of a create that failed, unless the engine can't even remove it: then reconcile will. */
  async #undo(id: string): Promise<void> {
    const { store, removals, now, log } = this.#options;
    const from = allStates.filter((earlier) => canFollow(earlier, 'Stopping'));
    const message = 'It did not start.';
    store.update(id, from, { state: 'Stopping', reason: 'user_delete', message, transitionAt: now() });
    try {
      await removals.remove(id);
      store.remove(id);
    } catch (error) {
      log('what is left of a failed create is removed later', { sandbox: id, err: error });
    }
  }
}
