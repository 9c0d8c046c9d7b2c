import type { LabelledUsage } from '../../shared/metrics/exposition.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';

/** More at once would only queue in the thread pool. */
const atOnce = 16;

/** What every running or paused sandbox uses; one that is ending meanwhile is left out. */
export async function sandboxUsages(sandboxes: Sandboxes): Promise<LabelledUsage[]> {
  const usages: LabelledUsage[] = [];
  const ids = sandboxes.store.ids(['Running', 'Paused']);
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce).map(async (id) => {
      const usage = await sandboxes.runtime.usage(id).catch(() => undefined);
      if (usage) usages.push({ labels: { sandbox: id }, usage });
    });
    await Promise.all(some);
  }
  return usages;
}
