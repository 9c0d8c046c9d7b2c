import { createAndStart, settingsOf } from '../engine-start.ts';
import { BenchPool } from '../pool.ts';
import { interleave } from '../rounds.ts';
import { Sandbox, type SandboxLimits } from '../sandbox.ts';
import type { Scenario } from '../scenario.ts';

const usual: SandboxLimits = { cpu: '1', memory: '1Gi' };

/** From asking for a sandbox to the last event of its first command, where some stand by; with limits that theirs are changed to. */
function claimed(name: string, limits: SandboxLimits): Scenario {
  return {
    name,
    unit: 'ms',
    baseline: 'engine create+start',
    measure: async (bench) => {
      const settings = await bench.withSandbox((sandbox) => settingsOf(sandbox.id, bench), limits);
      return BenchPool.with(bench, { size: 2, limits: usual }, (pool) =>
        interleave(bench, {
          n: bench.count(50, 3),
          baselineN: bench.count(15, 2),
          warmUp: bench.count(3, 1),
          value: async () => {
            await pool.full();
            const started = performance.now();
            const sandbox = await Sandbox.create(bench.control, bench.signal, limits);
            try {
              await sandbox.run('true');
              return performance.now() - started;
            } finally {
              await sandbox.remove();
            }
          },
          baseline: () => createAndStart(settings, bench),
        }),
      );
    },
  };
}

export const claim = claimed('claim', usual);

/** With other limits than those that stand by have. */
export const claimResized = claimed('claim.resized', { cpu: '500m', memory: '2Gi' });
