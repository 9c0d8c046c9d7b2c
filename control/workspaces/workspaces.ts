import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import { callAgent } from '../sandboxes/agent.ts';
import { awake } from '../sandboxes/awake.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { nameOf, type WorkspaceKey } from './key.ts';
import { Provisions } from './provisions.ts';
import { withoutCredentials, wordsOf } from './request.ts';
import type { WorkspaceRow, WorkspaceStore } from './store.ts';
import { Turns } from './turns.ts';

/** Between two knocks at an agent that does not answer; what comes back does so within some 50 ms. */
const knockMs = 20;
/** An agent that has not answered by then may be frozen by somebody else: then the engine is asked. */
const patienceMs = 2000;

export interface WorkspacesOptions {
  store: WorkspaceStore;
  sandboxes: Sandboxes;
  /** Compares one sandbox with the engine. Never rejects. */
  settle(id: string): Promise<void>;
  /** What one is made with of which nobody has said anything. */
  usual?: CreateSandboxRequest | undefined;
  /** How long a sandbox that is said to run may take to answer. */
  readyTimeoutMs: number;
  now?: () => number;
}

/** A workspace with a sandbox that answers. */
export interface Ensured {
  workspace: WorkspaceRow;
  sandbox: SandboxRow;
  /** True where this call made the sandbox. */
  created: boolean;
  /** What it had before. */
  previous?: { id: string; sandbox: SandboxRow | undefined } | undefined;
}

/**
 * The one sandbox of each key. A row says which it is and is written together with the sandbox's own, so that there is never one
 * that belongs to a key without the key's knowing it. What is done to a key happens in turns.
 */
export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #now: () => number;
  readonly #turns = new Turns();
  readonly #stop = new AbortController();
  readonly #provisions: Provisions;

  constructor(options: WorkspacesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#provisions = new Provisions(options.store, (request) => options.sandboxes.check(request));
  }

  get store(): WorkspaceStore {
    return this.#options.store;
  }

  /**
   * The key's sandbox, whose agent has just answered: the one there is, awake, or a new one where there is none or it has ended.
   * Goes on when its caller has gone. `request`: what a new one is made with; undefined: what the last one was.
   * @throws ApiError as the making of a sandbox does; `AGENT_UNREACHABLE`
   */
  async ensure(key: WorkspaceKey, request: CreateSandboxRequest | undefined): Promise<Ensured> {
    const { value, joined } = await this.#turns.share(nameOf(key), wordsOf(request), () => this.#ensure(key, request));
    const { workspace, sandbox } = value;
    return joined ? { workspace, sandbox, created: false } : value;
  }

  /**
   * The key's workspace, as it is where there is one. Else it is there from now on, and whoever first asks for its sandbox has that
   * made with `request`. @throws ApiError what is wrong with the request
   */
  provision(
    key: WorkspaceKey,
    request: CreateSandboxRequest = {},
  ): Promise<{ workspace: WorkspaceRow; created: boolean }> {
    return this.#turns.take(nameOf(key), async () => {
      const known = this.store.get(key);
      if (known) return { workspace: known, created: false };
      const workspace = { ...key, sandboxId: undefined, request, createdAt: this.#now() };
      await this.#provisions.add(workspace);
      return { workspace, created: true };
    });
  }

  /**
   * Ends the key's sandbox and makes another. A request or an image that can't be had leaves all as it was.
   * @throws ApiError `WORKSPACE_NOT_FOUND`, and as the making of a sandbox does: then it has none, until it is asked for again
   */
  reset(key: WorkspaceKey, request: CreateSandboxRequest | undefined): Promise<Ensured> {
    return this.#turns.take(nameOf(key), async () => {
      const known = this.get(key);
      return this.#make(key, request ?? known.request, known, () => this.#end(known.sandboxId));
    });
  }

  /** Ends the key's sandbox and forgets the key. @throws ApiError `WORKSPACE_NOT_FOUND`; when the engine doesn't do it */
  remove(key: WorkspaceKey): Promise<void> {
    return this.#turns.take(nameOf(key), async () => {
      await this.#end(this.get(key).sandboxId);
      this.store.remove(key);
    });
  }

  /** @throws ApiError `WORKSPACE_NOT_FOUND` */
  get(key: WorkspaceKey): WorkspaceRow {
    const row = this.store.get(key);
    if (row) return row;
    throw new ApiError('WORKSPACE_NOT_FOUND', 'There is no workspace of that key.', { field: 'key' });
  }

  /** The sandbox of a workspace, whatever its state; undefined where it is forgotten. */
  sandboxOf({ sandboxId }: WorkspaceRow): SandboxRow | undefined {
    return sandboxId === undefined ? undefined : this.#options.sandboxes.store.get(sandboxId);
  }

  /**
   * The sandbox of a workspace when it runs: woken where it is paused, and made where none has been made yet, once however many ask.
   * Undefined: it has ended, or is forgotten. @throws ApiError `WORKSPACE_NOT_FOUND`, and as `awake` and `ensure`
   */
  async awake(key: WorkspaceKey): Promise<SandboxRow | undefined> {
    const { sandboxes, settle } = this.#options;
    const { sandboxId } = this.get(key);
    if (sandboxId === undefined) return (await this.ensure(key, undefined)).sandbox;
    return awake(sandboxes, sandboxId, { settle });
  }

  /** Gives up what is being made: whoever waited for it has gone by now. */
  async close(): Promise<void> {
    this.#stop.abort(
      new ApiError('DOCKER::SANDBOX_START_FAILED', 'Control ended while the sandbox was being created.'),
    );
    await this.#turns.idle();
  }

  async #ensure(key: WorkspaceKey, request: CreateSandboxRequest | undefined): Promise<Ensured> {
    const { visits, renewals } = this.#options.sandboxes;
    const known = this.store.get(key);
    const id = known?.sandboxId;
    // It does not fall asleep while it is asked.
    const leave = id === undefined ? undefined : visits.enter(id);
    const sandbox = id === undefined ? undefined : await this.#answering(id).finally(leave);
    // Nobody comes to one that has ended.
    if (id !== undefined && !sandbox) visits.forget(id);
    if (!known || !sandbox) return this.#make(key, request ?? known?.request ?? this.#options.usual ?? {}, known);
    renewals.touch(sandbox);
    return { workspace: known, sandbox, created: false };
  }

  /** A sandbox when its agent has answered; undefined where it has ended. @throws ApiError `AGENT_UNREACHABLE`, and as `awake` */
  async #answering(id: string): Promise<SandboxRow | undefined> {
    const { sandboxes, settle, readyTimeoutMs } = this.#options;
    const deadline = AbortSignal.timeout(readyTimeoutMs);
    for (;;) {
      const row = await awake(sandboxes, id, { settle });
      if (!row) return undefined;
      try {
        const signal = AbortSignal.any([deadline, AbortSignal.timeout(patienceMs)]);
        const via = sandboxes.connections.of(id);
        await callAgent(sandboxes.runtime, row, { method: 'GET', path: '/ping', signal, via });
        return row;
      } catch (error) {
        if (deadline.aborted) throw error;
      }
      await settle(id);
      await delay(knockMs);
    }
  }

  async #make(
    key: WorkspaceKey,
    request: CreateSandboxRequest,
    known: WorkspaceRow | undefined,
    replacing?: () => Promise<void>,
  ): Promise<Ensured> {
    const { sandboxes } = this.#options;
    const { issuer, subject } = key;
    const row = { issuer, subject, request: withoutCredentials(request), createdAt: known?.createdAt ?? this.#now() };
    let given = false;
    try {
      const sandbox = await sandboxes.create(request, {
        gone: this.#stop.signal,
        ...(replacing && { replacing }),
        inserted: (sandboxId) => {
          this.store.give({ ...row, sandboxId });
          given = true;
        },
      });
      const previous =
        known?.sandboxId === undefined ? undefined : { id: known.sandboxId, sandbox: this.sandboxOf(known) };
      return { workspace: this.get(key), sandbox, created: true, previous };
    } catch (error) {
      // As it was: a key that nothing was made for is none.
      if (given && known) this.store.give(known);
      else if (given) this.store.remove(key);
      throw error;
    }
  }

  async #end(id: string | undefined): Promise<void> {
    const { sandboxes } = this.#options;
    if (id !== undefined && sandboxes.store.get(id)) await sandboxes.remove(id).catch(unlessGone);
  }
}

/** It came to its end meanwhile, and was forgotten. */
function unlessGone(error: ApiError): void {
  if (error.code !== 'DOCKER::SANDBOX_NOT_FOUND') throw error;
}
