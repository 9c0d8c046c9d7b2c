import { type Entry, entries, sections } from './schema.ts';
import type { Written } from './setting.ts';
import type { Surroundings } from './surroundings.ts';

const introduction =
  'Configuration of Cubby. A line such as #port = 8080 shows a setting with its default; uncomment it to change it. ' +
  'Environment variables win over this file, flags over both. `cubby help start` lists the flags. Sizes are written ' +
  'as "64Mi" (1024s) or "64M" (1000s). Relative paths start from the directory of this file. An empty text counts as not set.';

/**
 * A configuration file with every setting, its reason, unit and default, made from the table of settings. Everything in it is
 * commented out, so that it holds the defaults, and goes on doing so when a later version has better ones.
 */
export function exampleConfig(surroundings: Surroundings): string {
  const parts = Object.entries(sections).map(([section, { doc }]) => {
    const settings = [...entries.values()].filter((entry) => entry.section === section);
    return [`[${section}]`, comment(doc), ...settings.map((entry) => `\n${describe(entry, surroundings)}`)].join('\n');
  });
  return `${[comment(introduction), ...parts].join('\n\n')}\n`;
}

function describe(entry: Entry, surroundings: Surroundings): string {
  const { setting, name, variable } = entry;
  const fallback = typeof setting.default === 'function' ? setting.default(surroundings) : setting.default;
  const facts = [
    setting.unit && `Unit: ${setting.unit}.`,
    setting.defaultRule && `Default: ${setting.defaultRule}.`,
    `Environment: ${variable}${setting.flag ? `, flag: --${setting.flag}` : ''}.`,
    fallback === undefined && `Not set by default: ${setting.unset}. For example:`,
  ].filter((fact) => typeof fact === 'string');
  const key = name.slice(name.indexOf('.') + 1);
  return [comment(setting.doc), comment(facts.join(' ')), `#${key} = ${toml(fallback ?? setting.example ?? '')}`].join(
    '\n',
  );
}

/** JSON's texts, numbers and lists are TOML's too; only DEL must be escaped in TOML and isn't in JSON. */
function toml(value: Written): string {
  return JSON.stringify(value).replaceAll('\x7f', '\\u007f');
}

/** Wraps at 110 characters. */
function comment(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < 110) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.join('\n');
}
