import type { Check, Look } from './check.ts';
import { access } from './checks/access.ts';
import { limits } from './checks/limits.ts';
import { network } from './checks/network.ts';
import { seccomp } from './checks/seccomp.ts';
import { tls } from './checks/tls.ts';
import { configVariable, readEnvironment } from './environment.ts';
import { findFile, readToml } from './file.ts';
import { readFlags } from './flags.ts';
import type { Reading } from './given.ts';
import { readKeyFile } from './key-file.ts';
import { ConfigError, type Problem, show } from './problem.ts';
import { type Config, entryOf } from './schema.ts';
import type { Surroundings } from './surroundings.ts';
import { settle, type Values } from './values.ts';

const checks: readonly Check[] = [...access, ...tls, ...limits, ...network, ...seccomp];

/** The settings, and the file that some of them are from. */
export interface Loaded {
  config: Config;
  file: string | undefined;
}

/**
 * Reads the configuration: defaults, then the file, then the environment, then flags, where later ones win. Changes nothing
 * on the machine.
 * @throws ConfigError with all that is wrong
 */
export function loadConfig(argv: readonly string[], surroundings: Surroundings): Loaded {
  const flags = readFlags(argv, surroundings);
  const environment = readEnvironment(surroundings);
  const variable = surroundings.env[configVariable];
  const asked = flags.config ?? (variable ? { path: variable, source: configVariable } : undefined);
  const file = findFile(asked, surroundings);
  const toml = readingOf(file, asked?.source);

  const values = settle([...toml.given, ...environment.given, ...flags.given], surroundings);
  const look = lookInto(values, surroundings);
  const keys = keysOf(values, look);
  const problems = [toml, environment, flags, values].flatMap((reading) => reading.problems);
  problems.push(...keys.problems, ...contradictions(values, look));
  if (problems.length > 0) throw new ConfigError(problems);

  const server = Object.freeze({ ...values.config.server, apiKey: keys.apiKey });
  return { config: Object.freeze({ ...values.config, server }), file: file?.path };
}

function readingOf(file: ReturnType<typeof findFile>, source?: string): Reading {
  if (file?.bytes) return readToml(file.path, file.bytes);
  if (!file) return { given: [], problems: [] };
  const about = [source ? { name: file.path, source } : { name: file.path }];
  return { given: [], problems: [{ about, message: `expected a TOML file that can be read, found ${file.code}` }] };
}

/** The API keys, wherever they are written. A metrics key among them would open everything, and is a problem. */
function keysOf({ config: { server }, invalid }: Values, { read }: Look): { apiKey: readonly string[]; problems: Problem[] } {
  let apiKey = server.apiKey;
  const problems: Problem[] = [];
  const { apiKeyFile, metricsKey } = server;
  if (apiKeyFile !== undefined && !invalid.has(entryOf('server.api_key_file'))) {
    const keys = readKeyFile(apiKeyFile, read);
    if ('expected' in keys) problems.push({ about: [{ name: 'server.api_key_file' }], message: keys.expected });
    else apiKey = Object.freeze(keys);
  }
  if (metricsKey !== undefined && apiKey.includes(metricsKey)) {
    const about = [{ name: 'server.metrics_key' }, { name: apiKeyFile ? 'server.api_key_file' : 'server.api_key' }];
    problems.push({ about, message: 'expected different keys, found the same one: it would open everything' });
  }
  return { apiKey, problems };
}

function contradictions({ config, origins, invalid }: Values, look: Look): Problem[] {
  return checks.flatMap(({ about, find }) => {
    const concerned = about.map(entryOf);
    if (concerned.some((entry) => invalid.has(entry))) return [];
    const message = find(config, look);
    if (message === undefined) return [];
    const isSet = (written: unknown) => !Array.isArray(written) || written.length > 0;
    return [
      {
        message,
        about: concerned.map((entry) => {
          const origin = origins.get(entry);
          return { name: entry.name, source: origin && isSet(origin.written) ? origin.source : 'not set' };
        }),
      },
    ];
  });
}

function lookInto({ origins }: Values, { readFile }: Surroundings): Look {
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
