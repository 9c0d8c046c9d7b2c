import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.ts';

/** What the command line asked for. */
export interface Arguments {
  scenarios: Scenario[];
  /** Where the results go, as JSON. */
  json: string | undefined;
  quick: boolean;
}

const usage = `npm run bench -- [--only NAME[,NAME]]... [--json FILE] [--quick]

  --only NAME   measure this scenario only; may be given several times
  --json FILE   write the results to FILE as well
  --quick       few runs of each: shows that everything works, its figures say little
`;

/** Reads the command line; undefined when help was asked for, which is then printed. @throws Error that says what is wrong */
export function readArguments(args: string[], all: readonly Scenario[]): Arguments | undefined {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const names = all.map(({ name }) => name);
  if (values.help) {
    process.stdout.write(`${usage}\nScenarios: ${names.join(', ')}\n`);
    return undefined;
  }
  const only = values.only.flatMap((list) => list.split(',')).filter((name) => name !== '');
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no scenario ${unknown}; there are ${names.join(', ')}`);
  const json = values.json === undefined ? undefined : resolve(values.json);
  // Found out now, and not after everything was measured.
  if (json !== undefined) accessSync(dirname(json), constants.W_OK);
  return {
    scenarios: all.filter(({ name }) => only.length === 0 || only.includes(name)),
    json,
    quick: values.quick,
  };
}
