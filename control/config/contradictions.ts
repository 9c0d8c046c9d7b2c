import type { Check, Look } from './check.ts';
import { access } from './checks/access.ts';
import { host } from './checks/host.ts';
import { limits } from './checks/limits.ts';
import { network } from './checks/network.ts';
import { seccomp } from './checks/seccomp.ts';
import { tls } from './checks/tls.ts';
import { type Problem, show } from './problem.ts';
import { type Entry, entryOf } from './schema.ts';
import type { Surroundings } from './surroundings.ts';
import type { Values } from './values.ts';

const checks: readonly Check[] = [...access, ...tls, ...host, ...limits, ...network, ...seccomp];

/** What is wrong with settings that are right one by one. Each names all the settings concerned and their sources. */
export function contradictions(values: Values, look: Look): Problem[] {
  return checks.flatMap(({ about, find }) => {
    const concerned = about.map(entryOf);
    if (concerned.some((entry) => values.invalid.has(entry))) return [];
    const message = find(values.config, look);
    return message === undefined ? [] : [{ message, about: concerned.map((entry) => naming(entry, values)) }];
  });
}

/** What checks may ask about these values and this machine. */
export function lookInto({ origins }: Values, { readFile }: Surroundings): Look {
  return {
    written: (name) => {
      const written = origins.get(entryOf(name))?.written;
      return typeof written === 'string' ? written : show(written);
    },
    read: (path) => {
      try {
        return readFile(path);
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? 'an error';
      }
    },
  };
}

function naming(entry: Entry, { origins }: Values): Problem['about'][number] {
  const origin = origins.get(entry);
  const empty = Array.isArray(origin?.written) && origin.written.length === 0;
  return { name: entry.name, source: origin && !empty ? origin.source : 'not set' };
}
