import { check, sum } from '../cell.ts';
import { interleave, timed } from '../rounds.ts';
import type { Scenario } from '../scenario.ts';
import { withJupyter } from './with-jupyter.ts';

/** A further context in a sandbox that has run a cell, to the end of its first cell. On the other side a further kernel of the server. */
export const cellFork: Scenario = {
  name: 'cell.fork',
  unit: 'ms',
  baseline: 'Jupyter Server: kernel, cell',
  measure: (bench) =>
    withJupyter(bench, async (sandbox, server) => {
      check(await sandbox.cell(sum.code, { language: 'python' }), sum);
      return interleave(bench, {
        n: bench.count(20, 3),
        warmUp: 2,
        value: async () => {
          let id = '';
          const value = await timed(async () => {
            const context = await sandbox.context();
            check(await sandbox.cell(sum.code, context), sum);
            id = context.id;
          });
          await sandbox.agent.text('DELETE', `/code/contexts/${id}`, { signal: bench.signal });
          return value;
        },
        baseline: async () => {
          const started = performance.now();
          const kernel = await server.kernel();
          check(await kernel.cell(sum.code, bench.signal), sum);
          const value = performance.now() - started;
          await server.end(kernel);
          return value;
        },
      });
    }),
};
