import type { Result } from './result.ts';

const heads = ['name', 'unit', 'n', 'p50', 'p95', 'p99', 'baseline', 'p50', 'ratio'];
/** Columns of words; numbers are at the right of theirs. */
const left = new Set([0, 1, 6]);

/** The results as text for people. */
export function table(results: readonly Result[]): string {
  const rows = results.map(({ name, unit, n, p50, p95, p99, baseline, ratio }) => [
    name,
    unit,
    String(n),
    ...[p50, p95, p99].map(shown),
    baseline.name,
    shown(baseline.p50),
    String(ratio),
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => (left.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return `${[heads, ...rows].map(line).join('\n')}\n`;
}

/** As many digits as mean something. */
function shown(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
