import { fromText, type Reading } from './given.ts';
import { type Entry, entries } from './schema.ts';
import { closest, didYouMean } from './suggest.ts';
import type { Surroundings } from './surroundings.ts';

/** Names the file; the one variable that is no setting. */
export const configVariable = 'CUBBY_CONFIG';

/** Understood by the scripts in images/ and by commands that call a server, which may run in the same environment. */
const scriptVariables = new Set(['CUBBY_YES', 'CUBBY_APT_MIRROR', 'CUBBY_SUITE', 'CUBBY_URL', 'CUBBY_WORKSPACE']);

/**
 * What the environment says. Every name that starts with CUBBY_ has to be known: a misspelt one would otherwise be a setting
 * that silently doesn't hold. An empty one counts as not set, since that is what compose files make of an absent value.
 */
export function readEnvironment({ env, cwd }: Surroundings): Reading {
  const reading: Reading = { given: [], problems: [] };
  const variables = new Map<string, Entry>([...entries.values()].map((entry) => [entry.variable, entry]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('CUBBY_') || name === configVariable || !value) continue;
    if (scriptVariables.has(name) || isServiceLink(name, value)) continue;
    const entry = variables.get(name);
    if (entry) {
      reading.given.push({ entry, value: fromText(entry.setting.kind.form, value), source: name, base: cwd });
    } else {
      const suggestion = didYouMean(meant(name, [...variables.keys(), configVariable]));
      reading.problems.push({
        about: [{ name, source: 'environment' }],
        message: `there is no such setting${suggestion}`,
      });
    }
  }
  return reading;
}

/** A name without its section, as CUBBY_PORT, or with a typing error. */
function meant(name: string, known: readonly string[]): string | undefined {
  return known.find((candidate) => candidate.endsWith(name.slice('CUBBY'.length))) ?? closest(name, known);
}

/** The variables of every setting that is secret, for taking them out of the environment once they were read. */
export function secretVariables(): string[] {
  return [...entries.values()].filter(({ setting }) => setting.secret).map(({ variable }) => variable);
}

/**
 * Kubernetes gives every pod variables for each service of its namespace; one that is called `cubby` or `cubby-server` makes
 * names that look like settings. https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT(_\w+)?)$/.test(name)) return true;
  return (
    /_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/.test(name) &&
    (/^(tcp|udp|sctp):/.test(value) || /_\d+_/.test(name))
  );
}
