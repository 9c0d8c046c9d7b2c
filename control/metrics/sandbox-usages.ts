import type { LabelledUsage } from '../../shared/cgroups/exposition.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';

/** More at once would only queue in the thread pool. */
const atOnce = 16;
const pageSize = 200;

/** What every running or paused sandbox uses; one that is ending meanwhile is left out. */
export async function sandboxUsages(sandboxes: Sandboxes): Promise<LabelledUsage[]> {
  const usages: LabelledUsage[] = [];
  for (let page = 1; ; page += 1) {
    const { rows } = sandboxes.list({ states: ['Running', 'Paused'], metadata: {} }, page, pageSize);
    for (let from = 0; from < rows.length; from += atOnce) {
      const some = rows.slice(from, from + atOnce).map(async ({ id }) => {
        const usage = await sandboxes.runtime.usage(id).catch(() => undefined);
        if (usage) usages.push({ labels: { sandbox: id }, usage });
      });
      await Promise.all(some);
    }
    if (rows.length < pageSize) return usages;
  }
}
