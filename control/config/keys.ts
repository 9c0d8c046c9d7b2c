import type { Look } from './check.ts';
import type { Problem } from './problem.ts';
import { entryOf } from './schema.ts';
import { secretLines } from './secret-lines.ts';
import type { Values } from './values.ts';

/**
 * The API keys, whether they are in the configuration or in the file that it names. A metrics key among them would open
 * everything, and is a problem.
 */
export function readKeys(values: Values, look: Look): { apiKey: readonly string[]; problems: Problem[] } {
  const { apiKeyFile, metricsKey } = values.config.server;
  const about = (name: string) => ({ name, source: values.origins.get(entryOf(name))?.source ?? 'not set' });
  const problems: Problem[] = [];
  let { apiKey } = values.config.server;
  if (apiKeyFile !== undefined && !values.invalid.has(entryOf('server.api_key_file'))) {
    const keys = readKeyFile(apiKeyFile, look.read);
    if (typeof keys === 'string') problems.push({ about: [about('server.api_key_file')], message: keys });
    else apiKey = Object.freeze(keys);
  }
  if (metricsKey !== undefined && apiKey.includes(metricsKey)) {
    problems.push({
      about: [about('server.metrics_key'), about(apiKeyFile ? 'server.api_key_file' : 'server.api_key')],
      message: 'expected two different keys, found the same one twice: it would open everything',
    });
  }
  return { apiKey, problems };
}

/** The keys of a file, one a line, or what is wrong with it. Never quotes from it. */
function readKeyFile(path: string, read: Look['read']): readonly string[] | string {
  const keys = secretLines(path, read);
  if (typeof keys === 'string') return keys;
  if (keys.length === 0) return `expected an API key, found none in ${path}`;
  const { kind } = entryOf('server.api_key').setting;
  return kind.schema.safeParse(keys).success
    ? keys
    : `expected ${kind.expected}, one a line, found something else in ${path}`;
}
