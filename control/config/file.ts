import { dirname, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { Reading } from './given.ts';
import { openSandboxNames } from './opensandbox.ts';
import { show } from './problem.ts';
import { entries, sections } from './schema.ts';
import type { Surroundings } from './surroundings.ts';
import { unknownSection, unknownSetting } from './unknown.ts';

/** A configuration is a few kilobytes; more is the wrong file. */
const mostBytes = 1024 * 1024;

/**
 * The file that is read: the one that was asked for by flag or by CUBBY_CONFIG, else the first of ~/.cubby.toml and
 * /etc/cubby/cubby.toml that is there. Undefined when none is. A file that was asked for has to exist.
 */
export function findFile(asked: { path: string; source: string } | undefined, surroundings: Surroundings) {
  if (asked) {
    const path = resolve(surroundings.cwd, asked.path.replace(/^~(?=\/)/, surroundings.home));
    return { path, ...readBytes(path, surroundings) };
  }
  for (const path of [resolve(surroundings.home, '.cubby.toml'), '/etc/cubby/cubby.toml']) {
    const read = readBytes(path, surroundings);
    if (read.code !== 'ENOENT' && read.code !== 'ENOTDIR') return { path, ...read };
  }
  return undefined;
}

/** What a TOML file says. An empty text counts as not set, so that a line may stay there without a value. */
export function readToml(path: string, bytes: Uint8Array): Reading {
  const reading: Reading = { given: [], problems: [] };
  const problem = (name: string, message: string) => {
    reading.problems.push({ about: [{ name, source: path }], message });
  };
  const tables = parseToml(bytes);
  if (typeof tables === 'string') {
    reading.problems.push({ about: [{ name: path }], message: tables });
    return reading;
  }
  for (const [section, table] of Object.entries(tables)) {
    if (!isTable(table)) {
      if (Object.hasOwn(sections, section)) problem(section, `expected a table, as [${section}], found ${show(table)}`);
      else problem(section, `${unknownSetting(section)} Settings belong below a line with their section, as [server]`);
      continue;
    }
    if (
      !Object.hasOwn(sections, section) &&
      !Object.keys(table).some((key) => openSandboxNames.has(`${section}.${key}`))
    ) {
      problem(`[${section}]`, unknownSection(section));
      continue;
    }
    for (const [key, value] of Object.entries(table)) {
      const entry = entries.get(`${section}.${key}`);
      if (!entry) problem(`${section}.${key}`, unknownSetting(`${section}.${key}`));
      else if (value !== '') reading.given.push({ entry, value, source: path, base: dirname(path) });
    }
  }
  return reading;
}

function readBytes(path: string, { readFile }: Surroundings): { bytes?: Uint8Array; code?: string } {
  try {
    return { bytes: readFile(path) };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/** The tables, or what is wrong with the text. */
function parseToml(bytes: Uint8Array): Record<string, unknown> | string {
  if (bytes.length > mostBytes) return `expected a TOML file of at most 1 MiB, found ${bytes.length} bytes`;
  try {
    return parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof TomlError)) return 'expected a TOML file in UTF-8, found other bytes';
    const reason = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '');
    return `expected TOML, found an error in line ${error.line}, column ${error.column}: ${reason}`;
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
