import type { z } from 'zod';
import type { Surroundings } from './surroundings.ts';

/** A value as people write it, in TOML or in a default. */
export type Written = string | number | boolean | readonly string[];

/**
 * How text from the environment or a flag becomes what TOML would have given. A `path` may start with `~/`, and is
 * relative to the file that names it, or to the working directory.
 */
export type Form = 'text' | 'path' | 'number' | 'boolean' | 'list';

/** What values of a setting look like. */
export interface Kind<T> {
  form: Form;
  /** Completes the sentence "expected …". An issue of the schema's own with a message is more precise and wins. */
  expected: string;
  schema: z.ZodType<T>;
  /** What each of a list is. */
  each?: Kind<unknown>;
}

/** One setting: everything that loading it, documenting it and complaining about it needs. */
export interface Setting<T> {
  kind: Kind<T>;
  /** What it does and why its default is what it is. Whole sentences. */
  doc: string;
  /** What a number counts. */
  unit?: string;
  /** Written as in the file. A function where it depends on the machine. */
  default?: Written | ((surroundings: Surroundings) => Written);
  /** Where a default comes from that somebody else decided, as an environment variable; for messages. */
  defaultSource?: (surroundings: Surroundings) => string | undefined;
  /** The rule behind a default that depends on the machine. */
  defaultRule?: string;
  /** Without a default: what holds then, and a value to show. */
  unset?: string;
  example?: Written;
  /** Name of its own flag, without the dashes. */
  flag?: string;
  /** Never shown, not even in a complaint. */
  secret?: boolean;
}

/** A table of settings below one `[name]`. */
export interface Section {
  doc: string;
  settings: Readonly<Record<string, Setting<unknown>>>;
}

type Description<T> = Omit<Setting<T>, 'default' | 'unset' | 'example'>;

/** A setting that always has a value. */
export function setting<T>(description: Description<T> & { default: NonNullable<Setting<T>['default']> }): Setting<T> {
  return description;
}

/** A setting that may be absent. */
export function optional<T>(description: Description<T> & { unset: string; example: Written }): Setting<T | undefined> {
  return description;
}
