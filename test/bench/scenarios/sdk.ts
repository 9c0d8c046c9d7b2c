import { Sandbox } from '@alibaba-group/opensandbox';
import { interleave, timed } from '../rounds.ts';
import type { Scenario } from '../scenario.ts';
import { connection } from '../sdk.ts';

/** The shortest command there is, as most programs will run it: by OpenSandbox's client. */
export const sdk: Scenario = {
  name: 'sdk.true',
  unit: 'ms',
  baseline: 'engine exec of true',
  measure: (bench) =>
    bench.withSandbox(async ({ id }) => {
      const { engine, signal } = bench;
      const { Id } = await engine.containerOf(id, signal);
      const sandbox = await Sandbox.connect({ sandboxId: id, connectionConfig: connection(bench.control) });
      try {
        return await interleave(bench, {
          n: bench.count(300, 20),
          baselineN: bench.count(50, 5),
          warmUp: bench.count(20, 3),
          value: () => timed(async () => check((await sandbox.commands.run('true')).exitCode)),
          baseline: () => timed(() => engine.exec(Id, ['true'], { signal })),
        });
      } finally {
        await sandbox.close();
      }
    }),
};

function check(exitCode: number | null | undefined): void {
  if (exitCode !== 0) throw new Error(`true ended with ${exitCode}`);
}
