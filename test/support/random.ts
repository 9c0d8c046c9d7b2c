import type { TestContext } from 'node:test';

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs what chance decides: TEST_SEED repeats a run, and is told with a failure. */
export async function withSeed(t: TestContext, run: (random: () => number) => Promise<void>): Promise<void> {
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`TEST_SEED=${seed}`);
  try {
    await run(randomFrom(seed));
  } catch (error) {
    throw new Error(`with TEST_SEED=${seed}: ${(error as Error).message}`, { cause: error });
  }
}
