import { join } from 'node:path';
import { Client } from '../http.ts';
import { timed } from '../rounds.ts';
import type { Measured, Scenario } from '../scenario.ts';

/** What control adds to a request: the same one through control and directly, pair by pair. Values are the differences. */
export const gateway: Scenario = {
  name: 'gateway.added',
  unit: 'ms',
  baseline: 'agent directly',
  measure: (bench) =>
    bench.withSandbox(async (sandbox) => {
      const { engine, signal } = bench;
      const { Mounts } = await engine.containerOf(sandbox.id, signal);
      const sockets = Mounts.find(({ Destination }) => Destination === '/.cubby/run')?.Source;
      if (sockets === undefined) throw new Error('the container has nothing at /.cubby/run');
      const agent = new Client(join(sockets, 'agent.sock'), { host: 'agent', ...sandbox.access });
      const through = () => timed(() => sandbox.agent.text('GET', '/ping', { signal }));
      const directly = () => timed(() => agent.text('GET', '/ping', { signal }));
      const measured: Measured = { values: [], baseline: [] };
      const n = bench.count(1000, 50);
      const warmUp = bench.count(200, 20);
      for (let i = -warmUp; i < n; i++) {
        if (i % 100 === 0) bench.progress(Math.max(0, i), n);
        // Neither always comes second, into caches that the other has filled.
        const first = i % 2 === 0 ? await directly() : undefined;
        const all = await through();
        const direct = first ?? (await directly());
        if (i < 0) continue;
        measured.values.push(all - direct);
        measured.baseline.push(direct);
      }
      agent.close();
      return measured;
    }),
};
