import { z } from 'zod';
import { parseCpu, parseDisk, parseMemory, type Quantity } from '../../shared/api/quantities.ts';
import type { Form, Kind } from './setting.ts';

/** Longest text that any setting takes. Longer ones are accidents, and end up in error messages. */
const longest = 4096;

/** Text that matches a pattern; control characters never pass. */
export function text(expected: string, pattern: RegExp, form: Form = 'text'): Kind<string> {
  return {
    form,
    expected,
    schema: z
      .string()
      .max(longest)
      .regex(pattern)
      .regex(/^\P{Cc}*$/u),
  };
}

/** A path of the host, made absolute before it is checked. */
export const path: Kind<string> = text('a path', /^\//, 'path');

/** One of a few words, in either case. */
export function choice<const T extends string>(words: readonly [T, ...T[]]): Kind<T> {
  const expected = words.length === 1 ? `"${words[0]}", the only one there is` : `one of ${words.join(', ')}`;
  return { form: 'text', expected, schema: z.string().toLowerCase().pipe(z.enum(words)) };
}

export const boolean: Kind<boolean> = { form: 'boolean', expected: 'true or false', schema: z.boolean() };

/** A whole number between two bounds, both included. */
export function wholeNumber(least: number, most: number): Kind<number> {
  return {
    form: 'number',
    expected: `a whole number from ${least} to ${most}`,
    schema: z.int().min(least).max(most),
  };
}

/** A time in seconds, fractions allowed, between two bounds. */
export function seconds(least: number, most: number): Kind<number> {
  return {
    form: 'number',
    expected: `a number of seconds from ${least} to ${most}`,
    schema: z.number().min(least).max(most),
  };
}

/** An amount of memory or disk as `64Mi`, between two bounds in the same notation; bytes when read. */
export function size(least: string, most: string): Kind<number> {
  return quantity(
    `a size from ${least} to ${most}, as "512Mi", "2Gi", "1G" or a number of bytes`,
    parseMemory,
    least,
    most,
  );
}

/** The same, or 0, which stands for no limit. */
export function sizeOrNone(least: string, most: string): Kind<number> {
  const expected = `0, or a size from ${least} to ${most}, as "512Mi", "10Gi", "1G" or a number of bytes`;
  return quantity(expected, parseDisk, least, most, 0);
}

/** A number of processors as `500m` or `0.5`, between two bounds in the same notation. */
export function processors(least: string, most: string): Kind<number> {
  return quantity(`a number of processors from ${least} to ${most}, as "500m", "0.5" or "2"`, parseCpu, least, most);
}

/** Several of a kind. One alone need not be in brackets. */
export function list<T>(kind: Kind<T>, most = 1000): Kind<readonly T[]> {
  const schema = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(kind.schema).max(most));
  return { form: 'list', expected: `a list of at most ${most}, each ${kind.expected}`, schema, each: kind };
}

/** A kind that a function reads. What it throws as a text is what was expected. */
export function reading<T>(expected: string, read: (value: string) => T | { expected: string }): Kind<T> {
  const schema = z
    .string()
    .max(longest)
    .transform((value, context): T => {
      const result = read(value);
      if (!isRefusal(result)) return result;
      context.addIssue({ code: 'custom', message: result.expected });
      return z.NEVER;
    });
  return { form: 'text', expected, schema };
}

function isRefusal(result: unknown): result is { expected: string } {
  return typeof result === 'object' && result !== null && 'expected' in result;
}

function quantity(
  expected: string,
  parse: (text: string | number) => Quantity,
  from: string,
  to: string,
  none?: number,
): Kind<number> {
  const bound = (text: string) => {
    const parsed = parse(text);
    if (!parsed.ok) throw new Error(`the bound ${text} is no quantity`);
    return parsed.value;
  };
  const least = bound(from);
  const most = bound(to);
  const schema = z.union([z.string(), z.number()]).transform((value, context) => {
    const parsed = parse(value);
    if (parsed.ok && (parsed.value === none || (parsed.value >= least && parsed.value <= most))) return parsed.value;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
  return { form: 'text', expected, schema };
}
