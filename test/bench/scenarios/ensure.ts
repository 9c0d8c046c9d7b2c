import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from '../http.ts';
import { interleave, timed } from '../rounds.ts';
import { image } from '../sandbox.ts';
import type { Scenario } from '../scenario.ts';

/** PUT of a workspace whose sandbox runs: its agent is asked each time. */
export const ensure: Scenario = {
  name: 'ensure',
  unit: 'ms',
  baseline: 'agent directly',
  measure: async (bench) => {
    const { control, engine, signal } = bench;
    const client = new Client(control.url, { 'open-sandbox-api-key': control.apiKey });
    const path = `/v1/workspaces/${encodeURIComponent(`bench:${randomUUID()}`)}`;
    const json = { image: { uri: image }, timeout: 3600, entrypoint: ['sleep', 'infinity'] };
    const ask = () => client.json<{ sandbox: { id: string } }>('PUT', path, { json, signal });
    const { id } = (await ask()).sandbox;
    try {
      const { headers } = await client.json<{ headers: Record<string, string> }>(
        'GET',
        `/v1/sandboxes/${id}/endpoints/44772`,
        { signal },
      );
      const { Mounts } = await engine.containerOf(id, signal);
      const sockets = Mounts.find(({ Destination }) => Destination === '/.cubby/run')?.Source ?? '';
      const agent = new Client(join(sockets, 'agent.sock'), { host: 'agent', ...headers });
      const measured = await interleave(bench, {
        n: bench.count(500, 30),
        warmUp: bench.count(100, 10),
        value: () => timed(ask),
        baseline: () => timed(() => agent.text('GET', '/ping', { signal })),
      });
      agent.close();
      return measured;
    } finally {
      await client.text('DELETE', path, { signal: AbortSignal.timeout(60_000) });
      client.close();
    }
  },
};
