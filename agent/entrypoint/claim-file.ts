import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Claim, mostClaimBytes } from '../../shared/api/claims.ts';
import { ApiError } from '../../shared/api/errors.ts';

/**
 * Writes a claim down for init, and for an agent that comes after this one (agent/init/PROTOCOL.md has the form). Where the user's
 * processes can't read it: it holds all that a request put into the environment.
 * @throws ApiError `INVALID_REQUEST_BODY` for one that is too long; `SPOOL_FULL`
 */
export function writeClaim(path: string, { entrypoint, env, user, keepHome }: Claim): void {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const words = [user, keepHome ? '1' : '0', String(entrypoint.length), ...entrypoint, ...variables];
  const bytes = Buffer.from(words.map((word) => `${word}\0`).join(''));
  if (bytes.length > mostClaimBytes) {
    const expected = `${mostClaimBytes} bytes at most`;
    throw new ApiError('INVALID_REQUEST_BODY', `entrypoint and env are too long together: expected ${expected}`, {
      expected,
    });
  }
  const draft = `${path}.tmp`;
  try {
    writeFileSync(draft, bytes, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new ApiError('SPOOL_FULL', `A claim can’t be kept: ${(error as Error).message}`, { cause: error });
  }
}

/** What an earlier agent has written down; undefined: nothing, and the sandbox is what it was started as. */
export function readClaim(path: string): Pick<Claim, 'env' | 'user'> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [user = '', , count, ...words] = text.split('\0');
  const variables = words.slice(Number(count)).filter((entry) => entry.includes('='));
  const env = Object.fromEntries(
    variables.map((entry): [string, string] => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  return { user, env };
}
