import type { Look } from './check.ts';
import type { Problem } from './problem.ts';
import { readSecretEntries } from './secret-entries.ts';
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
  const names = ['lobehub.signing_keys', 'lobehub.signing_keys_file'] as const;
  const { signingKeys: entries, signingKeysFile: file } = values.config.lobehub;
  const [name, fileName] = names;
  const setting = { name, entries, fileName, file, one: 'a signing key' };
  const { entries: signingKeys, problems, complain } = readSecretEntries<SigningKey>(values, look, setting);
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
