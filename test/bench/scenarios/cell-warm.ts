import { check, sum } from '../cell.ts';
import { timed } from '../rounds.ts';
import type { Measured, Scenario } from '../scenario.ts';
import { withJupyter } from './with-jupyter.ts';

/** A cell in a context that has run some, until all of it is there. */
export const cellWarm: Scenario = {
  name: 'cell.warm',
  unit: 'ms',
  baseline: 'Jupyter Server',
  measure: (bench) =>
    withJupyter(bench, async (sandbox, server) => {
      const context = await sandbox.context();
      const kernel = await server.kernel();
      const rounds = bench.count(10, 2);
      const cells = bench.count(50, 10);
      const measured: Measured = { values: [], baseline: [] };
      // In turns of many cells: one by one, each would find the processor's caches filled by the other. The first don't count.
      for (let round = -1; round < rounds; round++) {
        bench.progress(Math.max(0, round), rounds);
        for (let i = 0; i < cells; i++) {
          const value = await timed(async () => check(await sandbox.cell(sum.code, context), sum));
          if (round >= 0) measured.values.push(value);
        }
        for (let i = 0; i < cells; i++) {
          const value = await timed(async () => check(await kernel.cell(sum.code, bench.signal), sum));
          if (round >= 0) measured.baseline.push(value);
        }
      }
      kernel.close();
      return measured;
    }),
};
