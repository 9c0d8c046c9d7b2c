import { type Door, Gate, type GateOptions } from './gate.ts';
import { openPolicy, type Policy, shutPolicy } from './policies/policy.ts';

/** After a look at who is there, and after a failure: no sandbox makes the engine or the packet filter work without end. */
const patienceMs = 1000;

/** What gates have to be told about sandboxes. */
export interface Surroundings extends Omit<GateOptions, 'door' | 'ipv6'> {
  ipv6: () => Promise<boolean>;
  /** The policy that a sandbox is to have; `none`: it never got one; undefined: there is no such sandbox. */
  policyOf: (id: string) => Policy | 'none' | undefined;
  /** Who has which address, of all that run. */
  locate: () => Promise<ReadonlyMap<string, string>>;
  /** The way to the packet filter of a sandbox that runs. */
  doorOf: (id: string) => Promise<Door>;
}

/**
 * The gates of all sandboxes, by id and by the address that a sandbox asks from. What isn't known here, after a restart of this process,
 * is learnt when it is first asked for.
 */
export class Gates {
  readonly #surroundings: Surroundings;
  readonly #gates = new Map<string, Gate>();
  readonly #ids = new Map<string, string>();
  readonly #restoring = new Map<string, Promise<Gate | undefined>>();
  readonly #failedAt = new Map<string, number>();
  #looking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Shuts a sandbox that has just been started, by its policy. @throws `NETWORK_RULES_FAILED` */
  async begin(id: string, address: string | undefined, door: Door): Promise<void> {
    this.forget(id);
    const gate = await this.#make(door);
    // Of a sandbox that was deleted meanwhile, nothing goes out.
    const policy = this.#surroundings.policyOf(id) ?? shutPolicy;
    await gate.enforce(policy === 'none' ? openPolicy : policy);
    if (address !== undefined) this.#ids.set(address, id);
    this.#gates.set(id, gate);
  }

  /** Puts another policy in force. @throws `NETWORK_RULES_FAILED`, and the one before holds */
  async enforce(id: string, policy: Policy): Promise<void> {
    const gate = this.#gates.get(id);
    if (gate !== undefined) return gate.enforce(policy);
    const fresh = await this.#make(await this.#surroundings.doorOf(id));
    await fresh.restore(policy);
    this.#gates.set(id, fresh);
  }

  /** The gate of whoever asks from an address; undefined: nobody that is known, or it isn't known yet what it may reach. */
  async at(address: string): Promise<Gate | undefined> {
    if (!this.#ids.has(address)) await this.#look();
    const id = this.#ids.get(address);
    if (id === undefined) return undefined;
    const gate = this.#gates.get(id);
    return gate?.isKnown ? gate : this.#restore(id);
  }

  /** Forgets a sandbox that is gone. */
  forget(id: string): void {
    this.#gates.get(id)?.close();
    this.#gates.delete(id);
    this.#failedAt.delete(id);
    for (const [address, owner] of this.#ids) if (owner === id) this.#ids.delete(address);
  }

  /** Ends all timers. */
  close(): void {
    for (const gate of this.#gates.values()) gate.close();
  }

  #restore(id: string): Promise<Gate | undefined> {
    const failedAt = this.#failedAt.get(id) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - failedAt < patienceMs) return Promise.resolve(this.#gates.get(id));
    const running = this.#restoring.get(id);
    if (running !== undefined) return running;
    const restoring = this.#restoreOnce(id)
      .catch(() => {
        this.#failedAt.set(id, performance.now());
        return this.#gates.get(id);
      })
      .finally(() => this.#restoring.delete(id));
    this.#restoring.set(id, restoring);
    return restoring;
  }

  async #restoreOnce(id: string): Promise<Gate | undefined> {
    const policy = this.#surroundings.policyOf(id);
    if (policy === undefined) return undefined;
    const gate = this.#gates.get(id) ?? (await this.#make(await this.#surroundings.doorOf(id)));
    // What has no policy has its rules from its start, and they don't change.
    if (policy === 'none') gate.assumeOpen();
    else await gate.restore(policy);
    this.#gates.set(id, gate);
    return gate;
  }

  async #make(door: Door): Promise<Gate> {
    const { lookup, lives, ipv6 } = this.#surroundings;
    return new Gate({ door, lookup, lives, ipv6: await ipv6() });
  }

  /** Learns who has which address. Callers at the same time wait for one look. */
  #look(): Promise<void> {
    if (performance.now() - this.#looked < patienceMs) return Promise.resolve();
    this.#looking ??= this.#surroundings
      .locate()
      .then((found) => {
        for (const [address, id] of found) this.#ids.set(address, id);
      })
      .catch(() => {})
      .finally(() => {
        this.#looked = performance.now();
        this.#looking = undefined;
      });
    return this.#looking;
  }
}
