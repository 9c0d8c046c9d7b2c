import { parseArgs } from 'node:util';
import { fromText, type Reading } from './given.ts';
import { show } from './problem.ts';
import { type Entry, entries } from './schema.ts';
import { closest, didYouMean } from './suggest.ts';
import type { Surroundings } from './surroundings.ts';
import { unknownSetting } from './unknown.ts';

/** Settings that have a flag of their own, by its name. */
export const flags: ReadonlyMap<string, Entry> = new Map(
  [...entries.values()].flatMap((entry) => (entry.setting.flag ? [[entry.setting.flag, entry]] : [])),
);

/** What the flags of `start` say, with the file that `--config` names. */
export interface FlagReading extends Reading {
  config?: { path: string; source: string };
}

/** Reads `--config FILE`, `--set section.key=value` and the flags of single settings. Later ones win. */
export function readFlags(argv: readonly string[], { cwd }: Surroundings): FlagReading {
  const reading: FlagReading = { given: [], problems: [] };
  const problem = (name: string, message: string) => {
    reading.problems.push({ about: [{ name, source: 'command line' }], message });
  };
  const give = (entry: Entry, text: string, source: string) => {
    reading.given.push({ entry, value: fromText(entry.setting.kind.form, text), source, base: cwd });
  };
  const names = ['config', 'set', ...flags.keys()];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string', multiple: true } as const]));
  // Not strict: strict parsing stops at the first problem, and all of them are to be told.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });

  let valueOfUnknown = -1;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (token.index !== valueOfUnknown) problem(show(token.value), 'unexpected; settings are given as --flag VALUE');
      continue;
    }
    const { name, rawName, value, inlineValue } = token;
    const entry = flags.get(name);
    if (!names.includes(name)) {
      if (!inlineValue) valueOfUnknown = token.index + 1;
      problem(rawName, `there is no such flag${didYouMean(meant(rawName))}`);
    } else if (value === undefined || (!inlineValue && value.startsWith('--'))) {
      problem(rawName, `expected a value after it, found ${value === undefined ? 'nothing' : show(value)}`);
    } else if (name === 'config') {
      reading.config = { path: value, source: rawName };
    } else if (name === 'set') {
      set(value);
    } else if (entry) {
      give(entry, value, rawName);
    }
  }
  return reading;

  function set(assignment: string): void {
    const equals = assignment.indexOf('=');
    const name = assignment.slice(0, equals);
    const entry = entries.get(name);
    if (equals < 1) problem('--set', `expected section.key=value, found ${show(assignment.split('=', 1)[0])}`);
    else if (entry) give(entry, assignment.slice(equals + 1), '--set');
    else problem(name, unknownSetting(name));
  }
}

/** A flag with a typing error, or the way to give a setting that has none of its own. A secret had better not be a flag. */
function meant(rawName: string): string | undefined {
  const key = rawName.replace(/^-+/, '').replaceAll('-', '_');
  const entry = [...entries.values()].find(({ name }) => name.endsWith(`.${key}`));
  if (entry) return entry.setting.secret ? `the variable ${entry.variable}` : `--set ${entry.name}=VALUE`;
  const names = ['config', 'set', 'help', ...flags.keys()].map((name) => `--${name}`);
  return rawName.startsWith('--') ? closest(rawName, names) : undefined;
}
