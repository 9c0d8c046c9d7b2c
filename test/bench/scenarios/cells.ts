import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { timed } from '../rounds.ts';
import type { Bench, Measured, Scenario } from '../scenario.ts';

const cell = { code: '1+1', expected: '2' };
const bareKernel = readFileSync(join(import.meta.dirname, '../bare-kernel.py'), 'utf8');

/** The first cell of a fresh sandbox, where no kernel runs yet, until its stream has ended. A sandbox for every run. */
export const cellStart: Scenario = {
  name: 'cell.start',
  unit: 'ms',
  baseline: 'bare kernel start+cell',
  measure: async (bench) => {
    const measured: Measured = { values: [], baseline: [] };
    const n = bench.count(12, 2);
    // The first sandbox brings the image's files into the page cache.
    for (let i = -1; i < n; i++) {
      bench.progress(Math.max(0, i), n);
      await bench.withSandbox(async (sandbox) => {
        const context = { language: 'python' };
        const value = await timed(() => sandbox.cell(cell.code, { context, expected: cell.expected }));
        await sandbox.agent.text('DELETE', '/code/contexts?language=python', { signal: bench.signal });
        const { start } = await runBareKernel(sandbox.id, 0, bench);
        if (i < 0) return;
        measured.values.push(value);
        measured.baseline.push(start);
      });
    }
    return measured;
  },
};

/** A cell in a context that has run some, until its stream has ended. */
export const cellWarm: Scenario = {
  name: 'cell.warm',
  unit: 'ms',
  baseline: 'bare kernel cell',
  measure: (bench) =>
    bench.withSandbox(async (sandbox) => {
      const json = { language: 'python' };
      const { id } = await sandbox.agent.json<{ id: string }>('POST', '/code/context', { json, signal: bench.signal });
      const context = { id };
      const rounds = bench.count(6, 2);
      const cells = bench.count(50, 10);
      const measured: Measured = { values: [], baseline: [] };
      // A bare kernel is started anew for every round, so the two take turns in rounds of cells. The first doesn't count.
      for (let round = -1; round < rounds; round++) {
        bench.progress(Math.max(0, round), rounds);
        const through: number[] = [];
        for (let i = 0; i < cells; i++) {
          through.push(await timed(() => sandbox.cell(cell.code, { context, expected: cell.expected })));
        }
        const { warm } = await runBareKernel(sandbox.id, cells, bench);
        if (round < 0) continue;
        measured.values.push(...through);
        measured.baseline.push(...warm);
      }
      return measured;
    }),
};

interface BareKernel {
  /** Milliseconds from starting the kernel's process to the end of its first cell. */
  start: number;
  /** Milliseconds of each cell after some that don't count. */
  warm: number[];
}

/** A kernel and its client by themselves in the same container, started by the engine; timed by the client in there. */
async function runBareKernel(sandbox: string, cells: number, { engine, signal }: Bench): Promise<BareKernel> {
  const { Id } = await engine.containerOf(sandbox, signal);
  const said = { stdout: '', stderr: '' };
  const output = (stream: 'stdout' | 'stderr', piece: Buffer) => {
    said[stream] += piece;
  };
  try {
    await engine.exec(Id, ['python3', '-c', bareKernel, String(cells)], { signal, output });
    return JSON.parse(said.stdout) as BareKernel;
  } catch (error) {
    throw new Error(`the bare kernel failed: ${(error as Error).message} ${said.stderr.slice(-1000)}`);
  }
}
