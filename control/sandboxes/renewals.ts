import { ApiError } from '../../shared/api/errors.ts';
import { earlier } from './lifetime.ts';
import { renewed, touched } from './notes.ts';
import type { SandboxesOptions } from './options.ts';
import { endAfterTouch, renewalOf } from './renewal.ts';
import { isLive, liveStates } from './states.ts';
import type { SandboxRow } from './store.ts';
import { isAsleep } from './tiers.ts';

/** How often it is looked whether what is open is used: much less than the shortest time that a touch is worth. */
const mostLookSeconds = 30;

type RenewalsOptions = Pick<SandboxesOptions, 'store' | 'defaults' | 'renewIntervalSeconds'> & {
  now: () => number;
  onDueChange(): void;
};

/** Puts off sandboxes' ends: because somebody says so, or because somebody uses them. */
export class Renewals {
  readonly #options: RenewalsOptions;

  constructor(options: RenewalsOptions) {
    this.#options = options;
  }

  /** Milliseconds after which one that is still in use is to be touched again. */
  get touchEveryMs(): number {
    return Math.min(mostLookSeconds, this.#options.renewIntervalSeconds ?? mostLookSeconds) * 1000;
  }

  /** Sets another end. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `DOCKER::SANDBOX_NOT_RUNNING`, and what `renewalOf` says */
  renew(id: string, expiresAt: number): SandboxRow {
    const { store, defaults, now, onDueChange } = this.#options;
    const row = store.mustGet(id);
    if (!isLive(row.state)) throw new ApiError('DOCKER::SANDBOX_NOT_RUNNING', `Sandbox ${id} is ${row.state}.`);
    const { maxTimeoutSeconds } = defaults;
    const asked = renewalOf(row.expiresAt, { expiresAt, now: now(), maxTimeoutSeconds });
    const renewal = earlier(asked, row.livesUntil);
    store.update(id, liveStates, { expiresAt: renewal, dueAt: renewal }, renewed(renewal));
    onDueChange();
    return store.mustGet(id);
  }

  /** Somebody uses it: where it was created so, its end is put off. Cheap, since most touches write nothing. */
  touch(row: SandboxRow | undefined): void {
    const { store, defaults, now, onDueChange, renewIntervalSeconds: minIntervalSeconds } = this.#options;
    if (!row || minIntervalSeconds === undefined) return;
    const { maxTimeoutSeconds } = defaults;
    const later = endAfterTouch(row, { now: now(), minIntervalSeconds, maxTimeoutSeconds });
    if (later === undefined || row.expiresAt === row.livesUntil) return;
    const expiresAt = earlier(later, row.livesUntil);
    // One that is asleep is being woken.
    store.update(row.id, isAsleep(row) ? liveStates : ['Running'], { expiresAt, dueAt: expiresAt }, touched(expiresAt));
    onDueChange();
  }
}
