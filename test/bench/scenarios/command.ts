import { interleave, timed } from '../rounds.ts';
import type { Scenario } from '../scenario.ts';

/** The shortest command there is, through control, until its stream has ended. */
export const command: Scenario = {
  name: 'command.true',
  unit: 'ms',
  baseline: 'engine exec of true',
  measure: (bench) =>
    bench.withSandbox(async (sandbox) => {
      const { engine, signal } = bench;
      const { Id } = await engine.containerOf(sandbox.id, signal);
      return interleave(bench, {
        n: bench.count(300, 20),
        baselineN: bench.count(50, 5),
        warmUp: bench.count(20, 3),
        value: () => timed(() => sandbox.run('true')),
        baseline: () => timed(() => engine.exec(Id, ['true'], { signal })),
      });
    }),
};
