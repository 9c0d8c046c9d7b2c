import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Given } from './given.ts';
import { type Problem, show as showValue } from './problem.ts';
import { type Config, type Entry, entries } from './schema.ts';
import type { Kind } from './setting.ts';
import type { Surroundings } from './surroundings.ts';

/** Where a setting's value came from. */
export interface Origin {
  source: string;
  /** As it was written, for messages. Undefined: not set. */
  written: unknown;
}

/** A value for every setting; those with a problem hold their default until somebody looks at `problems`. */
export interface Values {
  config: Config;
  origins: ReadonlyMap<Entry, Origin>;
  problems: Problem[];
  /** Settings with a problem: what else is wrong with them can't be said. */
  invalid: ReadonlySet<Entry>;
}

/** Checks each value by its setting's schema. The last one given wins; the others are checked all the same. */
export function settle(given: readonly Given[], surroundings: Surroundings): Values {
  const problems: Problem[] = [];
  const invalid = new Set<Entry>();
  const origins = new Map<Entry, Origin>();
  const config: Record<string, Record<string, unknown>> = {};

  const all = [...defaults(surroundings), ...given];
  for (const { entry, value, source, base } of all) {
    const { kind } = entry.setting;
    const path = kind.form === 'path' && typeof value === 'string' && value !== '';
    const result = kind.schema.safeParse(path ? resolvePath(value, base, surroundings.home) : value);
    if (result.success) {
      const data = Array.isArray(result.data) ? Object.freeze(result.data) : result.data;
      config[entry.section] = { ...config[entry.section], [entry.key]: data };
      origins.set(entry, { source, written: value });
    } else {
      invalid.add(entry);
      problems.push(...complaints({ entry, value, source, base }, result.error.issues));
    }
  }
  for (const section of Object.values(config)) Object.freeze(section);
  // The table of settings gives Config its type, and the loop above has been through all of it.
  return { config: Object.freeze(config) as Config, origins, problems, invalid };
}

function defaults(surroundings: Surroundings): Given[] {
  return [...entries.values()].flatMap((entry) => {
    const { default: fallback, defaultSource } = entry.setting;
    if (fallback === undefined) return [];
    const value = typeof fallback === 'function' ? fallback(surroundings) : fallback;
    return [{ entry, value, source: defaultSource?.(surroundings) ?? 'default', base: surroundings.cwd }];
  });
}

function resolvePath(path: string, base: string, home: string): string {
  return resolve(base, path.replace(/^~(?=\/)/, home));
}

/** One problem for the value, or one for each element of a list that is wrong. */
function complaints(
  { entry: { name, setting }, value, source }: Given,
  issues: readonly z.core.$ZodIssue[],
): Problem[] {
  const show = setting.secret ? showSecret : showValue;
  const complain = (about: string, kind: Kind<unknown>, issue: z.core.$ZodIssue | undefined, found: unknown) => {
    const expected = issue?.code === 'custom' && issue.message ? issue.message : kind.expected;
    return { about: [{ name: about, source }], message: `expected ${expected}, found ${show(found)}` };
  };
  const { kind } = setting;
  const elements = Array.isArray(value) ? value : [value];
  const wrong = kind.each ? Map.groupBy(issues, ({ path }) => path[0]) : new Map();
  if (!kind.each || wrong.has(undefined)) return [complain(name, kind, issues[0], value)];
  return elements.flatMap((element, i) => {
    const issue = wrong.get(i)?.[0];
    return issue && kind.each
      ? [complain(Array.isArray(value) ? `${name}[${i}]` : name, kind.each, issue, element)]
      : [];
  });
}

function showSecret(value: unknown): string {
  return typeof value === 'string' ? `a secret of ${value.length} characters` : 'something that is no text';
}
