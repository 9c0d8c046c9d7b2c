import type { Measured, Scenario, Unit } from './scenario.ts';

/** One line of the results, as `--json` writes it. */
export interface Result {
  name: string;
  unit: Unit;
  /** Runs that count. */
  n: number;
  p50: number;
  p95: number;
  p99: number;
  baseline: { name: string; p50: number };
  /** p50 over the baseline's p50, to three significant digits. */
  ratio: number;
}

/** Sums up what a scenario measured. */
export function toResult({ name, unit, baseline }: Scenario, { values, baseline: floor, lost }: Measured): Result {
  // 95 of 100 runs were at least as good as p95 in every unit, so for a rate it is a low one.
  const worse = unit.endsWith('/s') ? (share: number) => 1 - share : (share: number) => share;
  const p50 = round(quantile(values, 0.5), 6);
  const baselineP50 = round(quantile(floor, 0.5), 6);
  return {
    name,
    unit,
    n: values.length,
    p50,
    p95: round(quantile(values, worse(0.95)), 6),
    p99: round(quantile(values, worse(0.99)), 6),
    baseline: { name: lost ? `${baseline}; it lost output ${lost}` : baseline, p50: baselineP50 },
    ratio: round(p50 / baselineP50, 3),
  };
}

/** The value below which this share of all values is, linear between two neighbours. @throws Error when there are none */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

function round(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
