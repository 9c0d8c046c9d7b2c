import { ApiError } from '../../shared/api/errors.ts';
import { openPolicy } from '../network/policies/policy.ts';
import type { Policy } from '../runtimes/runtime.ts';
import type { NewEvent } from '../sandboxes/events.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { State } from '../sandboxes/states.ts';
import { Unsettled } from './unsettled.ts';

/** What is needed of the life of sandboxes. */
type Lives = Pick<Sandboxes, 'get' | 'store' | 'runtime'>;

/** States in which a sandbox has rules that can be changed. */
const changeable: readonly State[] = ['Running', 'Pausing', 'Paused', 'Resuming'];

/**
 * The network policies of sandboxes while they live. The database says what is to be in force, the runtime puts it in force; what
 * didn't come to be in force doesn't stay in the database.
 */
export class Policies {
  readonly #sandboxes: Lives;
  /** The last change of each sandbox that has one under way. */
  readonly #changing = new Map<string, Promise<unknown>>();
  readonly #unsettled: Unsettled;

  constructor(sandboxes: Lives, log: (message: string, details: object) => void) {
    this.#sandboxes = sandboxes;
    this.#unsettled = new Unsettled((id) => this.#inTurn(id, () => this.#settle(id)), log);
  }

  /** What a sandbox may reach. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `DOCKER::SANDBOX_NOT_RUNNING` */
  get(id: string): Policy {
    const { state, message, policy } = this.#sandboxes.get(id);
    if (changeable.includes(state)) return policy ?? openPolicy;
    throw new ApiError('DOCKER::SANDBOX_NOT_RUNNING', `Sandbox ${id} is ${state}: ${message}`);
  }

  /**
   * Makes another policy out of the one that is in force, and puts it in force: all of it, or nothing of it where this fails. Two at
   * once for one sandbox come one after the other.
   * @throws ApiError as above, `NETWORK_RULES_FAILED`, and what `edit` throws
   */
  change(id: string, edit: (policy: Policy) => Policy): Promise<Policy> {
    return this.#inTurn(id, () => this.#change(id, edit));
  }

  /**
   * Puts what the database says in force where an earlier process may have come to its end in between. One after the other; what
   * fails is tried again until it succeeds, or the sandbox has ended.
   */
  restore(): void {
    const { store } = this.#sandboxes;
    this.#unsettled.begin(store.ids(changeable).filter((id) => store.get(id)?.policy !== undefined));
  }

  /** Waits for what is under way, and begins nothing more. */
  async close(): Promise<void> {
    await this.#unsettled.close();
    await Promise.all(this.#changing.values());
  }

  async #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#changing.get(id) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine.catch(() => {});
    this.#changing.set(id, settled);
    try {
      return await mine;
    } finally {
      if (this.#changing.get(id) === settled) this.#changing.delete(id);
    }
  }

  async #change(id: string, edit: (policy: Policy) => Policy): Promise<Policy> {
    const { store, runtime } = this.#sandboxes;
    const current = this.get(id);
    const next = edit(current);
    const before = store.get(id)?.policy;
    store.update(id, changeable, { policy: next });
    try {
      await runtime.setPolicy(id, next);
    } catch (error) {
      store.update(id, changeable, { policy: before });
      // How far it came is not known, nor whether the rules from before could be written once more.
      this.#unsettled.add(id);
      throw error;
    }
    this.#unsettled.delete(id);
    if (next !== current) store.events.record(id, policyChanged(next));
    return next;
  }

  async #settle(id: string): Promise<void> {
    const { store, runtime } = this.#sandboxes;
    const row = store.get(id);
    if (row && changeable.includes(row.state)) await runtime.setPolicy(id, row.policy ?? openPolicy);
  }
}

function policyChanged({ defaultAction, egress }: Policy): NewEvent {
  const message = `What it may reach: ${defaultAction} unless one of ${egress.length} rules says otherwise.`;
  return { scope: 'network', kind: 'PolicyChanged', message, repeats: true };
}
