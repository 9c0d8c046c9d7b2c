import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exampleConfig } from '../config/example.ts';
import type { Command } from './command.ts';
import type { Edge } from './edge.ts';
import { UsageError } from './usage-error.ts';

/** Writes a configuration file that explains every setting. */
export const initConfig: Command = {
  name: 'init-config',
  synopsis: '[--example docker] [--force] [FILE | -]',
  summary: 'write a configuration file that explains every setting',
  details: () =>
    'FILE is ~/.cubby.toml unless given; - is standard output. An existing file is kept unless --force is given.\n' +
    'docker is the only example there is.',
  async run(args, edge) {
    const { example, force, file } = parse(args);
    if (example !== 'docker')
      throw new UsageError(`--example: expected docker, the only one there is, found ${JSON.stringify(example)}`);
    const text = exampleConfig(edge.surroundings);
    if (file === '-') edge.out(text);
    else write(file, text, force, edge);
    return 0;
  },
};

function parse(args: readonly string[]): { example: string; force: boolean; file: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { example: { type: 'string', default: 'docker' }, force: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new UsageError(`expected one FILE, found ${positionals.length}`);
    return { ...values, file: positionals[0] };
  } catch (error) {
    // parseArgs explains itself in several sentences; the first says what is wrong.
    throw error instanceof UsageError ? error : new UsageError((error as Error).message.split('. ')[0]!);
  }
}

function write(file: string | undefined, text: string, force: boolean, { surroundings, err }: Edge): void {
  const path = file === undefined ? join(surroundings.home, '.cubby.toml') : resolve(surroundings.cwd, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Nobody else may read it: people write keys into it.
    writeFileSync(path, text, { mode: 0o600, flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'EEXIST' ? `${path} exists; --force replaces it` : `${path}: ${message}`);
  }
  err(`wrote ${path}: every setting, commented out, with its default\n`);
}
