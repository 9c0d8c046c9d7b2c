import type { Kernel } from '../kernels/kernel.ts';
import { executeSilently } from './in-environment.ts';
import type { Changes } from './variables/dialect.ts';
import { dialectOf } from './variables/dialects.ts';

/** What every process of the sandbox gets, in two states. */
export interface Environments {
  /** Of a process that starts now. */
  now(): Record<string, string>;
  /** Without what the user keeps for every process to come. */
  base(): Record<string, string>;
}

/**
 * Brings what a user keeps for every process to come also into a kernel that runs already: before its next cell. Only what has
 * changed since is set, so that what cells have set themselves stays.
 */
export class KeptEnvironment {
  readonly #environments: Environments;
  readonly #language: string;
  #given: Record<string, string> = {};

  constructor(environments: Environments, language: string) {
    this.#environments = environments;
    this.#language = language;
  }

  /** A kernel starts now. */
  starts(): void {
    this.#given = this.#environments.now();
  }

  /** A kernel of an earlier agent goes on: it is not known what that one has brought it. */
  goesOn(): void {
    this.#given = this.#environments.base();
  }

  /** Has the kernel know what has changed since. When that fails it is done before the cell after. */
  async bringTo(kernel: Kernel): Promise<void> {
    const dialect = dialectOf(this.#language);
    const now = this.#environments.now();
    const changes = differences(this.#given, now, (name) => !dialect?.refuses?.(name));
    if (!dialect || Object.keys(changes).length === 0) return;
    const { death, outcome } = await executeSilently(kernel, dialect.change(changes), () => {});
    if (!death && !outcome?.error) this.#given = now;
  }
}

function differences(
  before: Record<string, string>,
  after: Record<string, string>,
  isPossible: (name: string) => boolean,
): Changes {
  const changes: Changes = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = Object.hasOwn(after, name) ? after[name]! : null;
    const earlier = Object.hasOwn(before, name) ? before[name]! : null;
    if (value !== earlier && isPossible(name)) changes[name] = value?.toWellFormed() ?? null;
  }
  return changes;
}
