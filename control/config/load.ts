import { contradictions, lookInto } from './contradictions.ts';
import { configVariable, readEnvironment } from './environment.ts';
import { findFile, readToml } from './file.ts';
import { readFlags } from './flags.ts';
import type { Reading } from './given.ts';
import { readIssuers } from './issuers.ts';
import { readKeys } from './keys.ts';
import { ConfigError } from './problem.ts';
import type { Config } from './schema.ts';
import { readSigningKeys } from './signing-keys.ts';
import type { Surroundings } from './surroundings.ts';
import { settle } from './values.ts';

/** The settings, and the file that some of them are from. */
export interface Loaded {
  config: Config;
  file: string | undefined;
}

/**
 * Reads the configuration: defaults, then the file, then the environment, then flags, where later ones win. Changes nothing
 * on the machine. Where no API key is configured, `server.apiKey` is empty: api-key.ts makes one.
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
  const keys = readKeys(values, look);
  const read = readIssuers(values, look);
  const signing = readSigningKeys(values, look);
  const problems = [toml, environment, flags, values, keys, read, signing].flatMap((reading) => reading.problems);
  problems.push(...contradictions(values, look));
  if (problems.length > 0) throw new ConfigError(problems);

  const server = Object.freeze({ ...values.config.server, apiKey: keys.apiKey });
  const workspaces = Object.freeze({ ...values.config.workspaces, issuers: read.issuers });
  const lobehub = Object.freeze({ ...values.config.lobehub, signingKeys: signing.signingKeys });
  return { config: Object.freeze({ ...values.config, server, workspaces, lobehub }), file: file?.path };
}

function readingOf(file: ReturnType<typeof findFile>, source?: string): Reading {
  if (!file) return { given: [], problems: [] };
  if (file.bytes) return readToml(file.path, file.bytes);
  const about = [source ? { name: file.path, source } : { name: file.path }];
  return { given: [], problems: [{ about, message: `expected a TOML file that can be read, found ${file.code}` }] };
}
