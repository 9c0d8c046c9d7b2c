import { setTimeout as delay } from 'node:timers/promises';
import type { LabelledUsage } from '../../shared/metrics/exposition.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';

/** An engine that hangs must not keep this server's own numbers from being told: what comes later than that is left out. */
const patienceMs = 2000;
/** More at once would only queue in the thread pool. */
const atOnce = 16;

/** What every sandbox that runs or is paused uses; one that is ending meanwhile is left out. */
export async function sandboxUsages(sandboxes: Sandboxes): Promise<LabelledUsage[]> {
  const usages: LabelledUsage[] = [];
  const { store } = sandboxes;
  // Nothing runs in one that is stopped.
  const ids = store.ids(['Running', 'Pausing', 'Paused', 'Resuming']).filter((id) => store.get(id)?.tier !== 'stopped');
  const late = delay(patienceMs, undefined, { ref: false });
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce).map(async (id) => {
      const usage = await Promise.race([sandboxes.runtime.usage(id).catch(() => undefined), late]);
      if (usage) usages.push({ labels: { sandbox: id }, usage });
    });
    await Promise.all(some);
  }
  return usages;
}
