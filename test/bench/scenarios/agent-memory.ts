import { type Memory, memoryOfAll, processesOf } from '../memory.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Bench, Measured, Scenario } from '../scenario.ts';

/** What a sandbox costs besides the user's own processes: the agent and init after a command, with no kernel running. */
export const agentMemory: Scenario = {
  name: 'agent.private',
  unit: 'MiB',
  baseline: 'RSS of the same',
  measure: async (bench) => {
    // They share what they read of the pack, so one alone would show too much. Each is a value.
    const alive = bench.count(5, 3);
    const measured: Measured = { values: [], baseline: [] };
    const withOthers = async (sandboxes: Sandbox[]): Promise<void> => {
      bench.progress(sandboxes.length, alive);
      if (sandboxes.length < alive) {
        return bench.withSandbox(async (sandbox) => {
          await sandbox.run('true');
          await withOthers([...sandboxes, sandbox]);
        });
      }
      for (const { id } of sandboxes) {
        const { pss, rss } = await memoryOf(id, bench);
        measured.values.push(pss);
        measured.baseline.push(rss);
      }
    };
    await withOthers([]);
    return measured;
  },
};

/** Init and the agent together. */
async function memoryOf(sandbox: string, bench: Bench): Promise<Memory> {
  const processes = await processesOf(sandbox, bench);
  const both = processes.filter(({ command }, index) => index === 0 || command.includes('agent.cjs'));
  if (both.length !== 2) throw new Error(`expected one agent in the container, found ${both.length - 1}`);
  return memoryOfAll(both);
}
