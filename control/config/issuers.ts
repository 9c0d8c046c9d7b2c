import type { Look } from './check.ts';
import type { Problem } from './problem.ts';
import { entryOf } from './schema.ts';
import { secretLines } from './secret-lines.ts';
import type { Issuer } from './sections/workspaces.ts';
import type { Values } from './values.ts';

/**
 * The issuers, whether they are in the configuration or in the file that it names. A secret that is another's too would let either
 * speak for the other, and is a problem. Never quotes a secret.
 */
export function readIssuers(values: Values, look: Look): { issuers: readonly Issuer[]; problems: Problem[] } {
  const { issuersFile } = values.config.workspaces;
  let { issuers } = values.config.workspaces;
  const problems: Problem[] = [];
  const names = ['workspaces.issuers', 'workspaces.issuers_file'];
  const complain = (concerned: readonly string[], message: string) => {
    const about = concerned.map((name) => ({ name, source: values.origins.get(entryOf(name))?.source ?? 'not set' }));
    problems.push({ about, message });
  };
  if (issuersFile !== undefined && !values.invalid.has(entryOf('workspaces.issuers_file'))) {
    if (issuers.length > 0) complain(names, 'expected one of the two, found both');
    const lines = secretLines(issuersFile, look.read);
    const { kind } = entryOf('workspaces.issuers').setting;
    const read = kind.schema.safeParse(lines);
    if (typeof lines === 'string') complain(names.slice(1), lines);
    else if (lines.length === 0) complain(names.slice(1), `expected an issuer, found none in ${issuersFile}`);
    else if (!read.success) complain(names.slice(1), `expected ${kind.each?.expected}, one a line, in ${issuersFile}`);
    else issuers = Object.freeze(read.data as Issuer[]);
  }
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
