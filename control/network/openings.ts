import type { Given } from './dns-answer.ts';
import type { GateState } from './gate-rules.ts';
import type { Verdicts } from './policies/verdicts.ts';

/** How long an address stays open after an answer, in seconds. */
export interface Lives {
  /** Beyond the time that the answer is valid for. */
  grace: number;
  /** At most, and with that what an answer's own time is cut to. */
  longest: number;
}

/** As OpenSandbox has it: a minute more than the answer says, six minutes at most. */
export const usualLives: Lives = { grace: 60, longest: 360 };

/** Addresses that one sandbox is remembered to have been given, and the names that one of them may have had. */
const addressLimit = 4096;
const namesPerAddress = 8;

/** What is known of an address. Times are ms of the process's clock. */
interface Opening {
  /** The names that it was given for, each with its aliases; the latest one last. */
  names: Map<string, readonly string[]>;
  /** How long the last answer with it is of use. */
  validUntil: number;
  /** How long the packet filter takes new connections to it; 0: it was never told to. */
  openUntil: number;
}

/** What one sandbox was answered: which addresses, for which names, for how long. */
export class Openings {
  readonly #lives: Lives;
  /** The one that was given last is last. */
  readonly #known = new Map<string, Opening>();

  constructor(lives: Lives) {
    this.#lives = lives;
  }

  /**
   * Writes down what is about to be answered: addresses, for a name with its aliases. Gives the addresses that were forgotten
   * for it and may be open.
   */
  note(chain: readonly string[], given: readonly Given[], now: number): string[] {
    for (const { address, ttl } of given) {
      const known = this.#known.get(address) ?? { names: new Map(), openUntil: 0, validUntil: 0 };
      known.names.delete(chain[0]!);
      known.names.set(chain[0]!, chain);
      if (known.names.size > namesPerAddress) known.names.delete(known.names.keys().next().value!);
      known.validUntil = Math.max(known.validUntil, now + this.#seconds(ttl) * 1000);
      this.#known.delete(address);
      this.#known.set(address, known);
    }
    const gone: string[] = [];
    for (const [address, { openUntil }] of this.#known) {
      if (this.#known.size <= addressLimit) break;
      this.#known.delete(address);
      if (openUntil > 0) gone.push(address);
    }
    return gone;
  }

  /** True when the packet filter takes connections to an address for as long as an answer is valid, and some time beyond. */
  isOpen({ address, ttl }: Given, now: number): boolean {
    const { grace } = this.#lives;
    const openUntil = this.#known.get(address)?.openUntil ?? 0;
    return openUntil >= now + (this.#seconds(ttl) - grace / 2) * 1000;
  }

  /** What the packet filter is to be told of one address that was noted. */
  doorFor(address: string, now: number): { seconds: number; name: string } | undefined {
    const opening = this.#known.get(address);
    if (opening === undefined) return undefined;
    return { seconds: (opening.validUntil - now) / 1000, name: [...opening.names.keys()].at(-1) ?? '' };
  }

  /** Writes down what the packet filter has taken over, in seconds from `now`. */
  took(opened: ReadonlyMap<string, number>, now: number): void {
    for (const [address, seconds] of opened) {
      const opening = this.#known.get(address);
      if (opening !== undefined) opening.openUntil = now + seconds * 1000;
    }
  }

  /** Writes down that the packet filter was written anew, with these and no others. */
  replaced(opened: ReadonlyMap<string, number>, now: number): void {
    // What a policy has shut would pass for open otherwise when the next one allows it again.
    for (const opening of this.#known.values()) opening.openUntil = 0;
    this.took(opened, now);
  }

  /** Takes over what an earlier process has left in the packet filter. */
  recall({ opened, lasting }: Pick<GateState, 'opened' | 'lasting'>, now: number): void {
    for (const [address, name] of lasting) {
      // Without a name it can't be said what policy it would be allowed by.
      if (name === '' || this.#known.has(address)) continue;
      const until = now + (opened.get(address) ?? 0) * 1000;
      this.#known.set(address, { names: new Map([[name, [name]]]), validUntil: until, openUntil: until });
    }
  }

  /**
   * What of all that was answered holds under a policy, as the packet filter is to have it. `isShut`: that an address is closed for another
   * name that leads there.
   */
  under(verdicts: Verdicts, isShut: (address: string) => boolean, now: number): Pick<GateState, 'opened' | 'lasting'> {
    const opened = new Map<string, number>();
    const lasting = new Map<string, string>();
    for (const [address, { names, validUntil }] of this.#known) {
      const allowed = [...names].filter(
        ([name, chain]) => verdicts.admits(chain) && (isShut(address) || verdicts.needsDoor(name, address)),
      );
      if (allowed.length === 0) continue;
      lasting.set(address, allowed.at(-1)![0]);
      if (validUntil > now) opened.set(address, (validUntil - now) / 1000);
    }
    return { opened, lasting };
  }

  /** How long an address is opened for an answer's time to live. */
  #seconds(ttl: number): number {
    return Math.min(this.#lives.longest, ttl + this.#lives.grace);
  }
}
