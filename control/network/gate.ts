import { ApiError } from '../../shared/api/errors.ts';
import { DeniedNames, type Lookup } from './denied-names.ts';
import type { Given } from './dns-answer.ts';
import type { GateChange, GateState } from './gate-rules.ts';
import { type Lives, Openings } from './openings.ts';
import { openPolicy, type Policy } from './policies/policy.ts';
import { Verdicts } from './policies/verdicts.ts';
import { Turns } from './turns.ts';

/** How a gate reaches the packet filter of its sandbox. */
export interface Door {
  /** Replaces all of the sandbox's rules; undefined: no policy. @throws `NETWORK_RULES_FAILED`, and the old ones hold or are unknown */
  replace(state: GateState | undefined): Promise<void>;
  /** Changes single addresses, all or none. @throws `NETWORK_RULES_FAILED` */
  change(change: GateChange): Promise<void>;
  /** What an earlier process has left there. @throws `NETWORK_RULES_FAILED` */
  recall(): Promise<Pick<GateState, 'opened' | 'lasting'>>;
}

export interface GateOptions {
  door: Door;
  lookup: Lookup;
  lives: Lives;
  /** False: there is no IPv6, and no name leads to an address of it. */
  ipv6: boolean;
  /** True for a sandbox that has just been started: there is nothing to recall. */
  fresh: boolean;
}

/** After a failure, until what is to be in force is tried once more. */
const patienceMs = 1000;
/** How often denied names are looked up anew. */
const refreshMs = 60_000;

/**
 * What one sandbox may reach, as it is in force: the policy, and what names it was answered. All changes to the packet filter
 * go one after the other, so that an address can't be opened by a policy that has just been replaced.
 */
export class Gate {
  readonly ipv6: boolean;
  readonly lives: Lives;
  readonly #door: Door;
  readonly #openings: Openings;
  readonly #denied: DeniedNames;
  readonly #policies = new Turns();
  readonly #turns = new Turns();
  #verdicts: Verdicts | undefined;
  #shut: string[] = [];
  /** False while it isn't known which rules are in force. */
  #isKnown = false;
  #wanted = new Map<string, Given & { chain: readonly string[] }>();
  #gone: string[] = [];
  #opening: Promise<void> | undefined;
  #refresh: NodeJS.Timeout | undefined;
  #isRecalled: boolean;
  #isClosed = false;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor({ door, lookup, lives, ipv6, fresh }: GateOptions) {
    this.#isRecalled = fresh;
    this.#door = door;
    this.#openings = new Openings(lives);
    this.#denied = new DeniedNames(lookup);
    this.ipv6 = ipv6;
    this.lives = lives;
  }

  /** True where everything is allowed, so that nothing has to be looked at. */
  get isOpen(): boolean {
    return this.#isKnown && this.#verdicts?.isOpen === true;
  }

  /** False before the first policy is in force, and after a change of which it isn't known whether it was made. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /**
   * Puts a policy in force, all of it at once. When that fails the one before holds.
   * @throws `NETWORK_RULES_FAILED`
   */
  enforce(policy: Policy): Promise<void> {
    // In the order of the calls, however long each takes to look names up.
    return this.#policies.take(() => this.#enforce(policy));
  }

  /**
   * Sees to it that it is known what is in force, of a sandbox that an earlier process has left or after a failure: `current` says
   * what it should be. `none`: a sandbox without a policy has its rules from its start, and they don't change.
   * @throws `NETWORK_RULES_FAILED`
   */
  settle(current: () => Policy | 'none'): Promise<void> {
    return this.#policies.take(async () => {
      if (this.#isKnown) return;
      if (performance.now() - this.#failedAt < patienceMs) {
        throw new ApiError('NETWORK_RULES_FAILED', 'rules of the network: they could not be set a moment ago');
      }
      const policy = current();
      if (policy !== 'none') return this.#enforce(policy);
      this.#verdicts = new Verdicts(openPolicy);
      this.#isKnown = true;
    });
  }

  /** Whether a name with these aliases may be answered. */
  admits(chain: readonly string[]): boolean {
    return this.#isKnown && this.#verdicts!.admits(chain);
  }

  /**
   * Opens what is about to be answered, as far as it isn't open. False: the name has come to be denied meanwhile.
   * @throws `NETWORK_RULES_FAILED`
   */
  async release(chain: readonly string[], given: readonly Given[]): Promise<boolean> {
    if (!this.admits(chain)) return false;
    const now = performance.now();
    this.#gone.push(...this.#openings.note(chain, given, now));
    const wanted = given.filter((one) => this.#needsDoor(chain[0]!, one.address) && !this.#openings.isOpen(one, now));
    if (wanted.length === 0) return true;
    for (const one of wanted) this.#wanted.set(one.address, { ...one, chain });
    // Whoever comes while the packet filter is busy goes with the next lot.
    this.#opening ??= this.#turns.take(() => this.#open());
    await this.#opening;
    return this.admits(chain);
  }

  /** Ends its timer. What is in force stays so. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#refresh);
  }

  async #enforce(policy: Policy): Promise<void> {
    const verdicts = new Verdicts(policy);
    await this.#recall();
    const shut = await this.#denied.addresses(verdicts);
    await this.#turns.take(() => this.#replace(verdicts, shut));
    clearInterval(this.#refresh);
    if (this.#isClosed || verdicts.deniedNames().length === 0) return;
    this.#refresh = setInterval(() => void this.#lookAgain(verdicts), refreshMs).unref();
  }

  /** Once: what was opened for names before this process began. */
  async #recall(): Promise<void> {
    if (this.#isRecalled) return;
    try {
      this.#openings.recall(await this.#door.recall(), performance.now());
    } catch {
      // What can't be read will be closed: it costs the sandbox a question.
    }
    this.#isRecalled = true;
  }

  #needsDoor(name: string, address: string): boolean {
    return this.#shut.includes(address) || this.#verdicts!.needsDoor(name, address);
  }

  async #open(): Promise<void> {
    const [wanted, gone] = [this.#wanted, this.#gone];
    this.#wanted = new Map();
    this.#gone = [];
    this.#opening = undefined;
    const now = performance.now();
    const [opened, lasting] = [new Map<string, number>(), new Map<string, string>()];
    for (const [address, { chain }] of wanted) {
      // It may be another policy by now.
      const door = this.admits(chain) && this.#needsDoor(chain[0]!, address) && this.#openings.doorFor(address, now);
      if (!door) continue;
      opened.set(address, door.seconds);
      lasting.set(address, door.name);
    }
    if (opened.size + gone.length === 0) return;
    await this.#door.change({ opened, lasting, gone });
    this.#openings.took(opened, now);
  }

  async #replace(verdicts: Verdicts, shut: string[]): Promise<void> {
    try {
      await this.#write(verdicts, shut);
    } catch (error) {
      // It can't be known how far it came. What was there before is written once more.
      this.#isKnown = false;
      this.#failedAt = performance.now();
      if (this.#verdicts) await this.#write(this.#verdicts, this.#shut).catch(() => {});
      throw error;
    }
  }

  async #write(verdicts: Verdicts, shut: string[]): Promise<void> {
    const now = performance.now();
    const walls = new Set(shut);
    const answered = this.#openings.under(verdicts, (address) => walls.has(address), now);
    await this.#door.replace(verdicts.isOpen ? undefined : { verdicts, shut, ...answered });
    this.#openings.replaced(verdicts.isOpen ? new Map() : answered.opened, now);
    this.#verdicts = verdicts;
    this.#shut = shut;
    this.#isKnown = true;
  }

  async #lookAgain(verdicts: Verdicts): Promise<void> {
    try {
      const shut = await this.#denied.addresses(verdicts);
      await this.#turns.take(async () => {
        const isNews = this.#verdicts === verdicts && shut.join() !== this.#shut.join();
        if (isNews) await this.#replace(verdicts, shut);
      });
    } catch (error) {
      // The next look is soon. What failed is in force as it was.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}
