import { check, sum } from '../cell.ts';
import { JupyterServer } from '../jupyter/server.ts';
import { interleave, timed } from '../rounds.ts';
import type { Bench, Scenario } from '../scenario.ts';

/** The first cell in a fresh sandbox, where nothing for cells runs yet, until all of it is there. A sandbox for every run. */
export const cellStart: Scenario = {
  name: 'cell.start',
  unit: 'ms',
  baseline: 'Jupyter Server: start, kernel, cell',
  measure: (bench) =>
    interleave(bench, {
      n: bench.count(12, 2),
      // The first sandboxes bring the image's files into the page cache.
      warmUp: 1,
      value: () =>
        bench.withSandbox((sandbox) =>
          timed(async () => check(await sandbox.cell(sum.code, { language: 'python' }), sum)),
        ),
      baseline: () => startedJupyter(bench),
    }),
};

function startedJupyter(bench: Bench): Promise<number> {
  return bench.withSandbox(async (sandbox) => {
    const server = await JupyterServer.prepare(sandbox, bench);
    try {
      return await timed(async () => {
        await server.start();
        const kernel = await server.kernel();
        check(await kernel.cell(sum.code, bench.signal), sum);
        kernel.close();
      });
    } finally {
      await server.close();
    }
  });
}
