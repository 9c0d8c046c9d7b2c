import { ApiError } from '../../shared/api/errors.ts';
import type { Sandboxes } from './sandboxes.ts';
import { hasEnded } from './states.ts';
import type { SandboxRow } from './store.ts';
import { isAsleep } from './tiers.ts';

/** How to wake one. */
export interface Waking {
  /** Puts right what a process has left that is no more. Never rejects. */
  settle(id: string): Promise<void>;
  /** True: one that somebody has paused is left as it is. */
  onlyAsleep?: boolean;
}

/**
 * A sandbox as it is when it runs: one that is paused is resumed, once however many ask; what is being made of it is waited for.
 * Undefined: it has ended, or there is none of that id.
 * @throws ApiError why it can't be resumed, or `DOCKER::SANDBOX_NOT_RUNNING` where it isn't known yet what becomes of it
 */
export async function awake(
  sandboxes: Sandboxes,
  id: string,
  { settle, onlyAsleep = false }: Waking,
): Promise<SandboxRow | undefined> {
  let settled: string | undefined;
  for (;;) {
    const row = sandboxes.store.get(id);
    if (!row || hasEnded(row.state)) return undefined;
    if (row.state === 'Running' || (onlyAsleep && !isAsleep(row))) return row;
    const underWay = sandboxes.underWay(id);
    if (row.state === 'Paused' || (row.state === 'Resuming' && underWay)) {
      await sandboxes.freezer.resume(id, 'waking').catch(unlessOvertaken);
    } else if (underWay) {
      await underWay;
    } else if (settled === row.state) {
      throw new ApiError('DOCKER::SANDBOX_NOT_RUNNING', `Sandbox ${id} is ${row.state}: ${row.message}`);
    } else {
      settled = row.state;
      await settle(id);
    }
  }
}

/** Others may have resumed or ended it, which is then seen. */
function unlessOvertaken(error: ApiError): void {
  if (error.code !== 'DOCKER::SANDBOX_NOT_PAUSED' && error.code !== 'DOCKER::SANDBOX_NOT_FOUND') throw error;
}
