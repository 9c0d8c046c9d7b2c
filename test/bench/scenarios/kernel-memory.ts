import { check, sum } from '../cell.ts';
import type { JupyterKernel } from '../jupyter/kernel.ts';
import { JupyterServer } from '../jupyter/server.ts';
import { memoryOfAll, type Process, processesOf } from '../memory.ts';
import { interleave } from '../rounds.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Bench, Scenario } from '../scenario.ts';

const kernels = 16;
/** On the other side they take a gigabyte. */
const limits = { cpu: '2', memory: '4Gi' };

/**
 * What a kernel takes when there are 16 that have each run a cell: the PSS of all that is there for them, divided by 16. Here
 * that is every process that came with them, and what the agent grew by; there, every process, the server being one.
 */
export const kernelMemory: Scenario = {
  name: 'kernel.memory',
  unit: 'MiB',
  baseline: 'Jupyter Server and its kernels',
  measure: async (bench) => {
    const grown: number[] = [];
    const measured = await interleave(bench, {
      n: bench.count(3, 1),
      warmUp: 0,
      // One after the other: what both have of the same files would count half for each.
      value: () =>
        bench.withSandbox(async (sandbox) => {
          const { came, grew } = await more(sandbox, bench, () => startKernels(sandbox));
          grown.push(grew);
          return (came + grew) / kernels;
        }, limits),
      baseline: () => bench.withSandbox((sandbox) => jupyter(sandbox, bench), limits),
    });
    return {
      ...measured,
      remark: `the agent grew by ${grown.map((mebibytes) => mebibytes.toFixed(1)).join(', ')} MiB`,
    };
  },
};

async function startKernels(sandbox: Sandbox): Promise<void> {
  for (let i = 0; i < kernels; i++) check(await sandbox.cell(sum.code, await sandbox.context()), sum);
}

async function jupyter(sandbox: Sandbox, bench: Bench): Promise<number> {
  const server = await JupyterServer.prepare(sandbox, bench);
  const running: JupyterKernel[] = [];
  try {
    const { came } = await more(sandbox, bench, async () => {
      await server.start();
      while (running.length < kernels) {
        const kernel = await server.kernel();
        running.push(kernel);
        check(await kernel.cell(sum.code, bench.signal), sum);
      }
    });
    return came / kernels;
  } finally {
    for (const kernel of running) kernel.close();
    await server.close();
  }
}

/** By how many MiB of PSS there is more in a sandbox after `start`: of processes that came, and of those that were there. */
async function more(
  sandbox: Sandbox,
  bench: Bench,
  start: () => Promise<void>,
): Promise<{ came: number; grew: number }> {
  const before = await processesOf(sandbox.id, bench);
  const taken = memoryOfAll(before).pss;
  await start();
  const after = await processesOf(sandbox.id, bench);
  const isNew = ({ pid }: Process) => !before.some((process) => process.pid === pid);
  return { came: memoryOfAll(after.filter(isNew)).pss, grew: memoryOfAll(before).pss - taken };
}
