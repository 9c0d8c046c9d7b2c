import { readFileSync } from 'node:fs';
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

/** MiB of init and the agent together: PSS, where a page of n processes counts 1/n for each, and RSS, where it counts whole. */
async function memoryOf(sandbox: string, { engine, signal }: Bench): Promise<{ pss: number; rss: number }> {
  const { Id, State } = await engine.containerOf(sandbox, signal);
  const { Titles, Processes } = await engine.ask<Top>('GET', `/containers/${Id}/top`, { signal });
  const pid = Titles.indexOf('PID');
  const agents = Processes.filter((columns) => columns.at(-1)?.includes('agent.cjs')).map((columns) => columns[pid]);
  if (agents.length !== 1) throw new Error(`expected one agent in the container, found ${agents.length}`);
  const both = [State.Pid, agents[0]].map((process) => readFileSync(`/proc/${process}/smaps_rollup`, 'utf8'));
  const sum = (name: string) =>
    both
      .map((file) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(file)?.[1]))
      .reduce((total, kibibytes) => total + kibibytes / 1024, 0);
  return { pss: sum('Pss'), rss: sum('Rss') };
}

/** The engine's word on a container's processes, with their ids as the host has them. */
interface Top {
  Titles: string[];
  Processes: string[][];
}
