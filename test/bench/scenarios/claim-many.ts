import { createAndStart, settingsOf } from '../engine-start.ts';
import { BenchPool } from '../pool.ts';
import { Sandbox, type SandboxLimits } from '../sandbox.ts';
import type { Bench, Scenario } from '../scenario.ts';

/** So that as many fit into the memory that pools may have without a setting. */
const limits: SandboxLimits = { cpu: '1', memory: '128Mi' };

/** Fifty people who ask at once, where as many sandboxes stand by: how long each of them waits for the end of their first command. */
export const claimMany: Scenario = {
  name: 'claim.50',
  unit: 'ms',
  baseline: 'engine create+start, 50 at once',
  measure: async (bench) => {
    const count = bench.count(50, 5);
    const settings = await bench.withSandbox((sandbox) => settingsOf(sandbox.id, bench), limits);
    const values = await BenchPool.with(bench, { size: count, limits }, async (pool) => {
      await pool.full();
      const claims = await atOnce(count, () => claimOne(bench));
      // When nobody waits any more: a removal takes more of the machine than a claim.
      for (const { sandbox } of claims) await sandbox.remove();
      return claims.map(({ took }) => took);
    });
    bench.progress(1, 2);
    return { values, baseline: await atOnce(count, () => createAndStart(settings, bench)) };
  },
};

async function claimOne({ control, signal }: Bench): Promise<{ sandbox: Sandbox; took: number }> {
  const started = performance.now();
  const sandbox = await Sandbox.create(control, signal, limits);
  await sandbox.run('true');
  return { sandbox, took: performance.now() - started };
}

function atOnce<T>(count: number, one: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, one));
}
