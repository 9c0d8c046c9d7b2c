import { type Door, Gate, type GateOptions } from './gate.ts';
import { openPolicy, type Policy, shutPolicy } from './policies/policy.ts';

/** After a look at who is there, until the next: whoever asks from an unknown address doesn't make the engine work without end. */
const patienceMs = 1000;

/** What gates have to be told about sandboxes. */
export interface Surroundings extends Pick<GateOptions, 'lookup' | 'lives'> {
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
  readonly #making = new Map<string, Promise<Gate>>();
  #looking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Shuts a sandbox that has just been started, by its policy. @throws `NETWORK_RULES_FAILED` */
  async begin(id: string, address: string | undefined, door: Door): Promise<void> {
    this.forget(id);
    // Whoever changes its policy meanwhile changes this one.
    await this.#keep(id, this.#begin(id, address, door));
  }

  async #begin(id: string, address: string | undefined, door: Door): Promise<Gate> {
    const gate = await this.#make(door, true);
    // Of a sandbox that was deleted meanwhile, nothing goes out.
    const policy = this.#surroundings.policyOf(id) ?? shutPolicy;
    await gate.enforce(policy === 'none' ? openPolicy : policy);
    if (address !== undefined) this.#ids.set(address, id);
    this.#gates.set(id, gate);
    return gate;
  }

  /** Puts another policy in force. @throws `NETWORK_RULES_FAILED`, and the one before holds */
  async enforce(id: string, policy: Policy): Promise<void> {
    await (await this.#of(id)).enforce(policy);
  }

  /** The gate of whoever asks from an address; undefined: nobody that is known. */
  async at(address: string): Promise<Gate | undefined> {
    if (!this.#ids.has(address)) await this.#look();
    const id = this.#ids.get(address);
    if (id === undefined) return undefined;
    const known = this.#gates.get(id);
    if (known?.isKnown) return known;
    const { policyOf } = this.#surroundings;
    try {
      if (policyOf(id) === undefined) return undefined;
      const gate = await this.#of(id);
      // What can't be settled answers by itself that it can't.
      await gate.settle(() => policyOf(id) ?? shutPolicy).catch(() => {});
      return gate;
    } catch {
      return undefined;
    }
  }

  /** Forgets a sandbox that is gone. */
  forget(id: string): void {
    this.#gates.get(id)?.close();
    this.#gates.delete(id);
    for (const [address, owner] of this.#ids) if (owner === id) this.#ids.delete(address);
  }

  /** Ends all timers. */
  close(): void {
    for (const gate of this.#gates.values()) gate.close();
  }

  /** The one of a sandbox that runs, made where an earlier process has left it. */
  #of(id: string): Promise<Gate> {
    const known = this.#gates.get(id);
    if (known !== undefined) return Promise.resolve(known);
    return this.#making.get(id) ?? this.#keep(id, this.#find(id));
  }

  /** Has others wait for one that is being made. */
  #keep(id: string, gate: Promise<Gate>): Promise<Gate> {
    const making = gate.finally(() => {
      if (this.#making.get(id) === making) this.#making.delete(id);
    });
    this.#making.set(id, making);
    return making;
  }

  async #find(id: string): Promise<Gate> {
    const gate = await this.#make(await this.#surroundings.doorOf(id), false);
    this.#gates.set(id, gate);
    return gate;
  }

  async #make(door: Door, fresh: boolean): Promise<Gate> {
    const { lookup, lives, ipv6 } = this.#surroundings;
    return new Gate({ door, lookup, lives, ipv6: await ipv6(), fresh });
  }

  /** Learns who has which address. Callers at the same time wait for one look. */
  #look(): Promise<void> {
    if (performance.now() - this.#looked < patienceMs) return Promise.resolve();
    this.#looking ??= this.#surroundings
      .locate()
      .then((found) => {
        // Who has begun meanwhile is known better: the address may have been another's when the look began.
        for (const [address, id] of found) if (!this.#ids.has(address)) this.#ids.set(address, id);
      })
      .catch(() => {})
      .finally(() => {
        this.#looked = performance.now();
        this.#looking = undefined;
      });
    return this.#looking;
  }
}
