import type { Look } from './check.ts';
import type { Problem } from './problem.ts';
import { readSecretEntries } from './secret-entries.ts';
import type { Issuer } from './sections/workspaces.ts';
import type { Values } from './values.ts';

/**
 * The issuers, whether they are in the configuration or in the file that it names. A secret that is another's too would let either
 * speak for the other, and is a problem. Never quotes a secret.
 */
export function readIssuers(values: Values, look: Look): { issuers: readonly Issuer[]; problems: Problem[] } {
  const names = ['workspaces.issuers', 'workspaces.issuers_file'] as const;
  const { issuers: entries, issuersFile: file } = values.config.workspaces;
  const [name, fileName] = names;
  const setting = { name, entries, fileName, file, one: 'an issuer' };
  const { entries: issuers, problems, complain } = readSecretEntries<Issuer>(values, look, setting);
  const owners = new Map<string, string>();
  for (const { issuer, secret } of issuers) {
    const owner = owners.get(secret) ?? issuer;
    if (owner !== issuer) complain(names, `expected a secret each, found the same one for ${owner} and ${issuer}`);
    owners.set(secret, issuer);
  }
  if (values.config.server.apiKey.some((key) => owners.has(key))) {
    complain(['workspaces.issuers', 'server.api_key'], 'expected different secrets, found the same one twice');
  }
  return { issuers, problems };
}
