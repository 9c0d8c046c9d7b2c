import { SandboxManager } from '@alibaba-group/opensandbox';
import { interleave, timed } from '../rounds.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { connection } from '../sdk.ts';
import { withSandboxes } from './sandboxes.ts';

const count = 100;

/** A page with 100 sandboxes that all run, by the SDK. */
export const list: Scenario = {
  name: 'list.100',
  unit: 'ms',
  baseline: 'engine’s list of their containers',
  measure: (bench) =>
    withSandboxes(bench, count, async () => {
      const manager = SandboxManager.create({ connectionConfig: connection(bench.control) });
      try {
        return await interleave(bench, {
          n: bench.count(200, 10),
          warmUp: bench.count(20, 2),
          value: () => timed(async () => check((await manager.listSandboxInfos({ pageSize: count })).items.length)),
          baseline: () => timed(async () => check((await containers(bench)).length)),
        });
      } finally {
        await manager.close();
      }
    }),
};

function containers({ engine, signal, control }: Bench): Promise<unknown[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`cubby.store=${control.store}`] }));
  return engine.ask<unknown[]>('GET', `/containers/json?filters=${filters}`, { signal });
}

function check(found: number): void {
  if (found !== count) throw new Error(`expected ${count} sandboxes, ${found} were listed`);
}
