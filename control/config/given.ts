import type { Problem } from './problem.ts';
import type { Entry } from './schema.ts';
import type { Form } from './setting.ts';

/** A value that somebody gave a setting, not checked yet. */
export interface Given {
  entry: Entry;
  value: unknown;
  /** For messages: a file, a variable or a flag. */
  source: string;
  /** What a relative path is relative to. */
  base: string;
}

/** What one source says, and what is wrong with it. */
export interface Reading {
  given: Given[];
  problems: Problem[];
}

/**
 * Text of a variable or flag as TOML would have given it. Text that doesn't fit stays as it is: the setting's schema refuses
 * it then, and the message shows what was written.
 */
export function fromText(form: Form, text: string): unknown {
  if (form === 'number') return /^[+-]?(\d+(\.\d+)?|\.\d+)$/.test(text) ? Number(text) : text;
  if (form === 'boolean') return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (form === 'list') return text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
  return text;
}
