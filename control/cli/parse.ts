import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads the flags of a command, and what stands between them. @throws UsageError that says what is wrong */
export function parse<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true } as const);
  } catch (error) {
    // parseArgs explains itself in several sentences; the first says what is wrong.
    throw new UsageError((error as Error).message.split('. ')[0]!);
  }
}

/** The number that a flag says. @throws UsageError */
export function numberIn(flag: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${flag}: expected a number from ${min} to ${max}, found ${JSON.stringify(text.slice(0, 40))}`);
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The ms of a time as 90s, 30m, 24h or 7d. @throws UsageError */
export function timeIn(flag: string, text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * units[unit]!;
  throw new UsageError(`${flag}: expected a time as 90s, 30m, 24h or 7d, found ${JSON.stringify(text.slice(0, 40))}`);
}
