import type { Look } from './check.ts';
import { entryOf } from './schema.ts';

/** The keys that `server.api_key_file` holds, one a line, or what is wrong with the file. Never quotes from it. */
export function readKeyFile(path: string, read: Look['read']): readonly string[] | { expected: string } {
  const bytes = read(path);
  if (typeof bytes === 'string') return { expected: `expected a file that can be read, found ${bytes} for ${path}` };
  const keys = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'));
  if (keys.length === 0) return { expected: `expected an API key, found none in ${path}` };
  const { kind } = entryOf('server.api_key').setting;
  if (kind.schema.safeParse(keys).success) return keys;
  return { expected: `expected one key a line in ${path}: ${kind.expected}` };
}
