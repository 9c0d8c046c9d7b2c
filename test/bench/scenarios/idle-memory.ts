import { readFileSync } from 'node:fs';
import { memoryOfAll, type Process, processesOf, withShim } from '../memory.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Measured, Scenario } from '../scenario.ts';
import { soon, sunk } from '../sleeping.ts';

/** What all of a sandbox takes in each tier, several at a time: its processes, and the engine's own that stands behind them. */
export const idleMemory: readonly Scenario[] = [
  scenarioOf('running'),
  scenarioOf('frozen', { freezeAfterSeconds: soon }),
  scenarioOf('stopped', { stopAfterSeconds: soon }),
];

function scenarioOf(tier: 'running' | 'frozen' | 'stopped', idle: object = {}): Scenario {
  return {
    name: `idle.memory.${tier}`,
    unit: 'MiB',
    baseline: 'the same while it runs',
    measure: async (bench) => {
      // They share what they read of the pack, so one alone would show too much. Each is a value.
      const alive = bench.count(5, 2);
      const measured: Measured = { values: [], baseline: [] };
      const withOthers = async (sandboxes: Sandbox[]): Promise<void> => {
        bench.progress(sandboxes.length, alive);
        if (sandboxes.length < alive) {
          return bench.withSandbox((sandbox) => withOthers([...sandboxes, sandbox]), undefined, idle);
        }
        // One after the other: whoever runs nothing meanwhile sinks again, and shares its pages no more.
        for (const sandbox of sandboxes) {
          await sandbox.run('true');
          const processes = withShim(await processesOf(sandbox.id, bench));
          measured.baseline.push(memoryOfAll(processes).pss);
          if (tier !== 'running') await sunk(sandbox.id, tier, bench);
          measured.values.push(memoryOfAll(processes.filter(lives)).pss);
        }
      };
      await withOthers([]);
      return measured;
    },
  };
}

function lives({ pid }: Process): boolean {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8') !== '';
  } catch {
    return false;
  }
}
