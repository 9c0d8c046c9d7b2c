import type { Look } from './check.ts';
import type { Problem } from './problem.ts';
import { entryOf } from './schema.ts';
import { secretLines } from './secret-lines.ts';
import type { SigningKey } from './sections/lobehub.ts';
import type { Values } from './values.ts';

/**
 * LobeHub's signing keys, whether they are in the configuration or in the file that it names. One that signs for two issuers would
 * let either speak for the other's users, and one iss with two issuers would be two users for one: both are problems. Never quotes a key.
 */
export function readSigningKeys(
  values: Values,
  look: Look,
): { signingKeys: readonly SigningKey[]; problems: Problem[] } {
  const { signingKeysFile } = values.config.lobehub;
  let { signingKeys } = values.config.lobehub;
  const problems: Problem[] = [];
  const names = ['lobehub.signing_keys', 'lobehub.signing_keys_file'];
  const complain = (concerned: readonly string[], message: string) => {
    const about = concerned.map((name) => ({ name, source: values.origins.get(entryOf(name))?.source ?? 'not set' }));
    problems.push({ about, message });
  };
  if (signingKeysFile !== undefined && !values.invalid.has(entryOf('lobehub.signing_keys_file'))) {
    if (signingKeys.length > 0) complain(names, 'expected one of the two, found both');
    const lines = secretLines(signingKeysFile, look.read);
    const { kind } = entryOf('lobehub.signing_keys').setting;
    const read = kind.schema.safeParse(lines);
    if (typeof lines === 'string') complain(names.slice(1), lines);
    else if (lines.length === 0) complain(names.slice(1), `expected a signing key, found none in ${signingKeysFile}`);
    else if (!read.success)
      complain(names.slice(1), `expected ${kind.each?.expected}, one a line, in ${signingKeysFile}`);
    else signingKeys = Object.freeze(read.data as SigningKey[]);
  }
  const issuersByKey = new Map<string, string>();
  const issuersByIss = new Map<string, string>();
  for (const { issuer, iss, key } of signingKeys) {
    const owner = issuersByKey.get(key) ?? issuer;
    if (owner !== issuer) complain(names, `expected a key each, found the same one for ${owner} and ${issuer}`);
    const other = issuersByIss.get(iss) ?? issuer;
    if (other !== issuer) complain(names, `expected one issuer for ${iss}, found ${other} and ${issuer}`);
    issuersByKey.set(key, issuer);
    issuersByIss.set(iss, issuer);
  }
  const { server, workspaces } = values.config;
  if (server.apiKey.some((key) => issuersByKey.has(key))) {
    complain(['lobehub.signing_keys', 'server.api_key'], 'expected different secrets, found the same one twice');
  }
  if (workspaces.issuers.some(({ secret }) => issuersByKey.has(secret))) {
    complain(['lobehub.signing_keys', 'workspaces.issuers'], 'expected different secrets, found the same one twice');
  }
  return { signingKeys, problems };
}
