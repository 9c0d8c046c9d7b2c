import type { Claim } from '../../shared/api/claims.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { Callers } from '../users/callers.ts';
import { readClaim, writeClaim } from './claim-file.ts';
import type { Entrypoint } from './entrypoint.ts';

export interface ClaimsOptions {
  entrypoint: Entrypoint;
  callers: Callers;
  /** What the environment of every process of the user's is made of; a claim changes it where it stands, for all who hold it. */
  environ: Record<string, string>;
  /** Where a claim is written down. */
  file: string;
}

/**
 * A sandbox that was started ahead becomes somebody's: what was not known when its container was made is put in force before
 * anything of theirs runs. Once its entrypoint has started it is what it is.
 */
export class Claims {
  readonly #options: ClaimsOptions;

  constructor(options: ClaimsOptions) {
    this.#options = options;
    const earlier = readClaim(options.file);
    if (earlier) this.#apply(earlier);
  }

  /**
   * Takes a claim, unless the entrypoint has been started.
   * @throws ApiError `UNKNOWN_USER`, `USER_NOT_ALLOWED`, `INVALID_REQUEST_BODY`, `SPOOL_FULL`, `ENTRYPOINT_FAILED`, `NOT_SUPPORTED`; nothing has changed then
   */
  async take(claim: Claim): Promise<void> {
    const { entrypoint, callers, file } = this.#options;
    const [pid, born] = await Promise.all([entrypoint.pid(), claim.born && entrypoint.born()]);
    if (claim.born && claim.born !== born) {
      throw new ApiError('ENTRYPOINT_FAILED', 'The container was started again since it was looked at.');
    }
    if (pid !== undefined) return;
    callers.check(claim.user);
    writeClaim(file, claim);
    await entrypoint.claim(file);
    this.#apply(claim);
  }

  #apply({ env, user }: Pick<Claim, 'env' | 'user'>): void {
    Object.assign(this.#options.environ, env);
    this.#options.callers.become(user);
  }
}
