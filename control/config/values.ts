import { resolve } from 'node:path';
import type { Given } from './given.ts';
import { type Problem, show } from './problem.ts';
import { type Config, type Entry, entries } from './schema.ts';
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
      const section = (config[entry.section] ??= {});
      section[entry.key] = Array.isArray(result.data) ? Object.freeze(result.data) : result.data;
      origins.set(entry, { source, written: value });
    } else {
      invalid.add(entry);
      const issue = result.error.issues[0];
      const expected = issue?.code === 'custom' && issue.message ? issue.message : kind.expected;
      const index = issue?.path.find((step) => typeof step === 'number');
      const element = index !== undefined && Array.isArray(value) ? value[index] : value;
      const name = element === value || index === undefined ? entry.name : `${entry.name}[${index}]`;
      const found = entry.setting.secret ? concealed(element) : show(element);
      problems.push({ about: [{ name, source }], message: `expected ${expected}, found ${found}` });
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

function concealed(value: unknown): string {
  return typeof value === 'string' ? `a secret of ${value.length} characters` : `${typeof value === 'object' ? 'a list or table' : `a ${typeof value}`}`;
}
