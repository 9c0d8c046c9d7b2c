import type { Bench, Measured } from './scenario.ts';

export interface Rounds {
  n: number;
  /** Runs of the baseline, spread evenly among the others; as many as `n` otherwise. */
  baselineN?: number;
  /** Runs of each before the first that counts: code is compiled and caches are filled by then. */
  warmUp: number;
  /** One run; resolves to its value in the scenario's unit. */
  value(): Promise<number>;
  baseline(): Promise<number>;
}

/** Runs a scenario and its baseline in turn, so that whatever else the machine does falls on both. */
export async function interleave(bench: Bench, rounds: Rounds): Promise<Measured> {
  const { n, baselineN = n, warmUp, value, baseline } = rounds;
  const { signal } = bench;
  const measured: Measured = { values: [], baseline: [] };
  for (let i = 0; i < warmUp; i++) {
    signal.throwIfAborted();
    await value();
    await baseline();
  }
  for (let i = 0; i < n; i++) {
    signal.throwIfAborted();
    bench.progress(i, n);
    measured.values.push(await value());
    const due = Math.floor(((i + 1) * baselineN) / n);
    if (due > measured.baseline.length) measured.baseline.push(await baseline());
  }
  return measured;
}

/** Milliseconds that something takes. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
