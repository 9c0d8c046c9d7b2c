import { ApiError } from '../../shared/api/errors.ts';
import { type Caller, callerOf, resolveUser } from './passwd.ts';

/** Who requests act as in this sandbox. */
export class Callers {
  #spec: string;
  readonly #hardened: boolean;

  /** `spec`: the sandbox's user, as in USER. `hardened`: nobody else may be asked for, and it is never root. */
  constructor(spec: string, hardened: boolean) {
    this.#spec = spec;
    this.#hardened = hardened;
  }

  /** Somebody else is the sandbox's own user from now on. */
  become(spec: string): void {
    this.#spec = spec;
  }

  /** Whom the sandbox may have as its own user. @throws ApiError `UNKNOWN_USER`, `USER_NOT_ALLOWED` */
  check(spec: string): Caller {
    const caller = resolveUser(spec);
    // Also by another name, or another way to write 0, which whoever started this sandbox can't see through.
    if (caller?.uid === 0 && this.#hardened) {
      throw new ApiError('USER_NOT_ALLOWED', `The sandbox’s user ${spec} is root, which a hardened sandbox has not.`, {
        field: 'user',
        expected: 'a user whose number is not 0',
      });
    }
    if (caller) return caller;
    throw new ApiError('UNKNOWN_USER', `The sandbox’s user ${spec} is not in its /etc/passwd or /etc/group.`, {
      field: 'user',
    });
  }

  /** The sandbox's own user. Looked up each time: /etc/passwd may have changed. @throws ApiError `UNKNOWN_USER`, `USER_NOT_ALLOWED` */
  usual(): Caller {
    return this.check(this.#spec);
  }

  /** The user a request names by number, or the usual one. @throws ApiError `USER_NOT_ALLOWED`, `UNKNOWN_USER` */
  named(uid?: number | null, gid?: number | null): Caller {
    const usual = this.usual();
    if (uid == null) return usual;
    if (uid === usual.uid && (gid == null || gid === usual.gid)) return usual;
    if (this.#hardened) {
      throw new ApiError('USER_NOT_ALLOWED', `uid: this sandbox runs everything as ${usual.uid}:${usual.gid}`, {
        field: 'uid',
        expected: String(usual.uid),
      });
    }
    return callerOf(uid, gid ?? undefined);
  }
}
