import { escapeLineEnds } from '../../../shared/http/event-stream.ts';
import type { Dialect } from './dialect.ts';

const change = `
import os
for name, value in changes:
    if value is None: os.environ.pop(name, None)
    else: os.environ[name] = value`;

const set = `
import os, sys
kept = sys.__dict__.setdefault("_cubby_variables", {})
for name, value in changes:
    kept.setdefault(name, os.environ.get(name))
    os.environ[name] = value`;

const restore = `
import os, sys
kept = sys.__dict__.get("_cubby_variables", {})
for name, value in list(kept.items()):
    if value is None: os.environ.pop(name, None)
    else: os.environ[name] = value
    kept.pop(name)
sys.__dict__.pop("_cubby_variables", None)`;

/** One expression with names of its own: the cells' names stay as they are. */
function expression(program: string, changes: Record<string, string | null> = {}): string {
  const pairs = Object.entries(changes).map(
    ([name, value]) => `(${literal(name)}, ${value === null ? 'None' : literal(value)})`,
  );
  return `exec(${literal(program)}, {"changes": [${pairs.join(', ')}]})`;
}

/** What JSON escapes, Python escapes the same way. IPython takes more for line ends than JSON does. */
function literal(text: string): string {
  return escapeLineEnds(JSON.stringify(text));
}

export const python: Dialect = {
  change: (changes) => expression(change, changes),
  set: (variables) => expression(set, variables),
  restore: () => expression(restore),
};
