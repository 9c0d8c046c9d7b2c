import { setTimeout as delay } from 'node:timers/promises';
import { settingsOf } from './engine-start.ts';
import { Client } from './http.ts';
import type { Sandbox } from './sandbox.ts';
import type { Bench } from './scenario.ts';

/** After so many seconds without use; the least that there is. */
export const soon = 1;

/** Waits until a sandbox has sunk to a tier, and no longer than `bench.signal` lets it. It is not woken by being asked for. */
export async function sunk(id: string, tier: 'frozen' | 'stopped', { control, signal }: Bench): Promise<void> {
  const client = new Client(control.url, { 'open-sandbox-api-key': control.apiKey });
  for (;;) {
    const sandbox = await client.json<Shown>('GET', `/v1/sandboxes/${id}`, { signal });
    if (sandbox.tier === tier && sandbox.status.state === 'Paused') break;
    await delay(20, undefined, { signal });
  }
  client.close();
}

/** From a call of a sandbox's agent through control to its answer. */
export async function answered({ agent }: Sandbox, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  await agent.text('GET', '/ping', { signal });
  return performance.now() - started;
}

/** A container with all of a sandbox's settings and none of Cubby's programs: what the engine does with it alone. Not started. */
export async function plainContainer(sandbox: string, bench: Bench): Promise<string> {
  const { engine, signal } = bench;
  const json = await settingsOf(sandbox, bench);
  const { Id } = await engine.ask<{ Id: string }>('POST', '/containers/create', { json, signal });
  return Id;
}

interface Shown {
  tier: string;
  status: { state: string };
}
