import type { ControlClient } from './control-client.ts';
import { until } from './until.ts';

/** What a server tells of one pool: how many of its members are `ready`, `making`, and as how many should be (`target`); and what became of others. */
export type PoolNumbers = Record<
  'ready' | 'making' | 'target' | 'claims' | 'resized' | 'misses' | 'deaths' | 'failures',
  number
>;

/** A pool as the server's metrics have it; all are 0 where there is none. */
export async function poolNumbers(control: ControlClient, pool: string): Promise<PoolNumbers> {
  const text = await (await control.fetch('/metrics')).text();
  const numbers = { ready: 0, making: 0, target: 0, claims: 0, resized: 0, misses: 0, deaths: 0, failures: 0 };
  for (const [, of, name, value] of text.matchAll(/^cubby_pool_\w+\{pool="([^"]+)",(?:state|event)="(\w+)"\} (\d+)$/gm))
    if (of === pool) numbers[name as keyof PoolNumbers] = Number(value);
  return numbers;
}

/** Waits until so many members of a pool stand by, and none is on its way. */
export async function untilReady(control: ControlClient, pool: string, count: number): Promise<void> {
  const isReady = async () => {
    const { ready, making } = await poolNumbers(control, pool);
    return ready === count && making === 0;
  };
  await until(isReady, `${count} members of ${pool} stand by`, 120_000);
}
