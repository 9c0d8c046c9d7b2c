import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from './http.ts';
import { image, type SandboxLimits } from './sandbox.ts';
import type { Bench } from './scenario.ts';

/** Between two looks at how many stand by; nothing is measured meanwhile. */
const lookMs = 50;

/** Sandboxes that stand by: a template with a pool of a fixed size. */
export class BenchPool {
  readonly #name = `bench-${randomUUID().slice(0, 8)}`;
  readonly #size: number;
  readonly #client: Client;
  readonly #signal: AbortSignal;

  private constructor({ control, signal }: Bench, size: number) {
    this.#size = size;
    this.#client = new Client(control.url, { 'open-sandbox-api-key': control.apiKey });
    this.#signal = signal;
  }

  /** Gives `use` a pool and takes it down afterwards. */
  static async with<T>(
    bench: Bench,
    { size, limits }: { size: number; limits: SandboxLimits },
    use: (pool: BenchPool) => Promise<T>,
  ): Promise<T> {
    const pool = new BenchPool(bench, size);
    const json = {
      image: { uri: image },
      resourceLimits: limits,
      entrypoint: ['sleep', 'infinity'],
      pool: { min: size, max: size },
    };
    await pool.#client.json('PUT', `/v1/templates/${pool.#name}`, { json, signal: pool.#signal });
    try {
      return await use(pool);
    } finally {
      await pool.#client.text('DELETE', `/v1/templates/${pool.#name}`, { signal: AbortSignal.timeout(60_000) });
      pool.#client.close();
    }
  }

  /** Waits until all stand by and none is being made, so that nothing but the claim is measured. */
  async full(): Promise<void> {
    for (;;) {
      const text = await this.#client.text('GET', '/metrics', { signal: this.#signal });
      const count = (state: string) =>
        Number(
          new RegExp(`^cubby_pool_members\\{pool="${this.#name}",state="${state}"\\} (\\d+)$`, 'm').exec(text)?.[1],
        );
      if (count('ready') === this.#size && count('making') === 0) return;
      await delay(lookMs, undefined, { signal: this.#signal });
    }
  }
}
