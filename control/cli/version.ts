import { join } from 'node:path';
import type { Surroundings } from '../config/surroundings.ts';
import type { Command } from './command.ts';

/** Prints the version of this checkout. */
export const version: Command = {
  name: 'version',
  synopsis: '',
  summary: 'print the version',
  async run(_args, { out, surroundings }) {
    out(`${readVersion(surroundings)}\n`);
    return 0;
  },
};

/** What package.json says. */
export function readVersion({ checkout, readFile }: Surroundings): string {
  const text = new TextDecoder().decode(readFile(join(checkout, 'package.json')));
  return (JSON.parse(text) as { version: string }).version;
}
