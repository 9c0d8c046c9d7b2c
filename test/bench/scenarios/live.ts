import type { Control } from '../control.ts';
import { memoryOfAll, processesOf, withShim } from '../memory.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Bench, Measured, Scenario } from '../scenario.ts';
import { answered } from '../sleeping.ts';
import { withSandboxes } from './sandboxes.ts';

const count = 200;

/** What two hundred took: they are made once for both. */
const taken = new WeakMap<Control, Promise<{ answers: Measured; memory: Measured }>>();

/** Two hundred sandboxes that live at once on one machine: how long the first answer of each takes when all are there, and what each takes of its memory. */
export const live: readonly Scenario[] = [
  {
    name: 'live.200',
    unit: 'ms',
    baseline: 'the first answer of one that is alone',
    measure: async (bench) => (await take(bench)).answers,
  },
  {
    name: 'live.200.memory',
    unit: 'MiB',
    baseline: 'the same of one that is alone',
    measure: async (bench) => (await take(bench)).memory,
  },
];

function take(bench: Bench): Promise<{ answers: Measured; memory: Measured }> {
  const earlier = taken.get(bench.control);
  if (earlier) return earlier;
  const taking = takeAll(bench);
  taken.set(bench.control, taking);
  // What failed is tried again by whoever comes next.
  taking.catch(() => taken.delete(bench.control));
  return taking;
}

async function takeAll(bench: Bench): Promise<{ answers: Measured; memory: Measured }> {
  const answers: Measured = { values: [], baseline: [] };
  const memory: Measured = { values: [], baseline: [] };
  for (let alone = bench.count(10, 2); alone > 0; alone -= 1) {
    await withSandboxes(bench, 1, async ([sandbox]) => {
      answers.baseline.push(await answered(sandbox!, bench.signal));
      memory.baseline.push(await memoryOf(sandbox!, bench));
    });
  }
  await withSandboxes(bench, bench.count(count, 5), async (sandboxes) => {
    for (const sandbox of sandboxes) answers.values.push(await answered(sandbox, bench.signal));
    for (const sandbox of sandboxes) memory.values.push(await memoryOf(sandbox, bench));
  });
  const total = memory.values.reduce((sum, one) => sum + one, 0);
  memory.remark = `${Math.round(total)} MiB in all, for ${memory.values.length}`;
  return { answers, memory };
}

/** Of its processes and the engine's own beside them; what it shares with others counts as its share. */
async function memoryOf(sandbox: Sandbox, bench: Bench): Promise<number> {
  return memoryOfAll(withShim(await processesOf(sandbox.id, bench))).pss;
}
