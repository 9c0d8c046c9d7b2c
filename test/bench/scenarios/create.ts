import { createAndStart, settingsOf } from '../engine-start.ts';
import { interleave } from '../rounds.ts';
import { Sandbox } from '../sandbox.ts';
import type { Scenario } from '../scenario.ts';

/** From asking for a sandbox to the last event of its first command: what a user waits for who has none yet. */
export const create: Scenario = {
  name: 'create.docker',
  unit: 'ms',
  baseline: 'engine create+start',
  measure: async (bench) => {
    const settings = await bench.withSandbox((sandbox) => settingsOf(sandbox.id, bench));
    return interleave(bench, {
      n: bench.count(20, 3),
      warmUp: bench.count(2, 1),
      value: async () => {
        const started = performance.now();
        const sandbox = await Sandbox.create(bench.control, bench.signal);
        try {
          await sandbox.run('true');
          return performance.now() - started;
        } finally {
          await sandbox.remove();
        }
      },
      baseline: () => createAndStart(settings, bench),
    });
  },
};
