import { type Cell, check, lack } from '../cell.ts';
import { LostEnd } from '../jupyter/kernel.ts';
import { interleave, timed } from '../rounds.ts';
import type { Bench, Measured, Scenario, Unit } from '../scenario.ts';
import { withJupyter } from './with-jupyter.ts';

const unit: Unit = 'ms';

/** A hundred thousand prints, which come in a few pieces. */
export const cellPrints: Scenario = {
  name: 'cell.prints',
  unit,
  baseline: 'Jupyter Server',
  measure: (bench) => measure(bench, bench.count(10, 2), numbers(100_000, 'print(i)')),
};

/** Twenty thousand prints that each come at once, by themselves. */
export const cellFlushed: Scenario = {
  name: 'cell.flushed',
  unit,
  baseline: 'Jupyter Server',
  measure: (bench) => measure(bench, bench.count(5, 1), numbers(20_000, 'print(i, flush=True)')),
};

/** One output of 20 MB. */
export const cellLarge: Scenario = {
  name: 'cell.large',
  unit,
  baseline: 'Jupyter Server',
  measure: (bench) => measure(bench, bench.count(10, 2), large),
};

const large: Cell = { code: "print('0123456789' * 2_000_000)", said: `${'0123456789'.repeat(2_000_000)}\n` };

function numbers(count: number, print: string): Cell {
  const lines = Array.from({ length: count }, (_, i) => `${i}\n`);
  return { code: `for i in range(${count}): ${print}`, said: lines.join('') };
}

/**
 * Times the cell in a warm kernel until all that it says is there. When a line is missing here the measurement has failed. When
 * one is missing on the other side the run counts, which is in its favour, as less is soon said; but it is told. A run whose end
 * was lost has no time.
 */
function measure(bench: Bench, n: number, cell: Cell): Promise<Measured> {
  return withJupyter(bench, async (sandbox, server) => {
    const context = await sandbox.context();
    const kernel = await server.kernel();
    const losses: string[] = [];
    const runThere = async () => {
      const said = await kernel.cell(cell.code, bench.signal);
      if (said !== cell.said) losses.push(lack(said, cell));
    };
    const { values, baseline } = await interleave(bench, {
      n,
      warmUp: 1,
      value: () => timed(async () => check(await sandbox.cell(cell.code, context), cell)),
      baseline: async () => {
        try {
          return await timed(runThere);
        } catch (error) {
          if (!(error instanceof LostEnd)) throw error;
          losses.push(error.message);
          return Number.NaN;
        }
      },
    });
    kernel.close();
    const measured = { values, baseline: baseline.filter((value) => !Number.isNaN(value)) };
    return losses.length === 0
      ? measured
      : { ...measured, lost: `in ${losses.length} of ${n + 1} runs (${losses[0]})` };
  });
}
