import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../../shared/api/errors.ts';
import { sameSecret } from '../../shared/http/access.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { type Keys, keyIn } from './keys.ts';

/** The header that opens a sandbox's network policy, as OpenSandbox's clients are told it. */
export const egressHeader = 'OPENSANDBOX-EGRESS-AUTH';

/**
 * Lets in whoever has an API key or the secret of this policy. The agent's token is neither: root in the sandbox can read it in the
 * agent's memory, and would let itself out with it.
 * @throws ApiError `INVALID_ACCESS_TOKEN`
 */
export function requireEgressSecret(
  headers: IncomingHttpHeaders,
  sandbox: () => Pick<SandboxRow, 'egressSecret'>,
  keys: Keys,
): void {
  if (keys.isApiKey(keyIn(headers))) return;
  const { egressSecret } = sandbox();
  const given = headers[egressHeader.toLowerCase()];
  if (typeof given === 'string' && egressSecret !== '' && sameSecret(given, egressSecret)) return;
  throw new ApiError('INVALID_ACCESS_TOKEN', `Unauthorized: invalid or missing header ${egressHeader}`, {
    field: egressHeader,
  });
}
