import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../../shared/api/errors.ts';
import { keyIn, type WorkspaceKey } from '../workspaces/key.ts';
import { claimsIn } from './token.ts';

/** As the configuration has it: tokens of this iss, signed with this key, are for users of this issuer. */
export interface SigningKey {
  issuer: string;
  iss: string;
  key: string;
}

/** LobeHub's users, by the tokens that it sends for them. */
export class Users {
  readonly #keys: readonly SigningKey[];
  readonly #now: () => number;

  constructor(keys: readonly SigningKey[], now: () => number = Date.now) {
    this.#keys = keys;
    this.#now = now;
  }

  /**
   * Whose request it is, as the key of a workspace. The subject is taken as it is, or not at all: two users are never one.
   * @throws ApiError `LOBEHUB_NOT_CONFIGURED`, `INVALID_JIT_TOKEN`, `JIT_TOKEN_EXPIRED`, `INVALID_WORKSPACE_KEY`
   */
  require({ authorization }: IncomingHttpHeaders): WorkspaceKey {
    if (this.#keys.length === 0) {
      const message =
        'This server has no signing key of a LobeHub: set lobehub.signing_keys or lobehub.signing_keys_file, see docs/lobehub.md.';
      throw new ApiError('LOBEHUB_NOT_CONFIGURED', message);
    }
    const of = (iss: string) => this.#keys.filter((one) => one.iss === iss);
    const { iss, sub } = claimsIn(authorization, { keysOf: (iss) => of(iss).map(({ key }) => key), now: this.#now() });
    return keyIn(`${of(iss)[0]!.issuer}:${encoded(sub)}`);
  }
}

/** As it would stand in a path. @throws ApiError `INVALID_WORKSPACE_KEY` for what is no text */
function encoded(subject: string): string {
  if (subject.isWellFormed()) return encodeURIComponent(subject);
  const expected = 'a sub that is text in Unicode';
  throw new ApiError('INVALID_WORKSPACE_KEY', `key: expected ${expected}`, { field: 'key', expected });
}
