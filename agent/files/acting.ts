import { z } from 'zod';
import type { Caller } from '../users/passwd.ts';
import { type RequestPath, resolvePath, type Surroundings } from './path.ts';

/** Whom a request may name in its path, in place of the sandbox's own user. */
export interface Identity {
  uid: number;
  gid: number;
}

export interface ActingOptions extends Surroundings {
  /** Whose rights a request has: the sandbox's own user's, or those it names. */
  caller: (identity?: Identity) => Caller;
}

/** Who a request acts as, and what its paths mean to them. */
export interface Acting {
  who: Caller;
  /** Resolves a path of the request; `field` is where it stood. */
  at(text: string, field: string): RequestPath;
  atEach(texts: string[]): RequestPath[];
}

const Id = z
  .string()
  .regex(/^(0|[1-9]\d{0,9})$/, 'expected a whole number from 0 to 4294967294')
  .pipe(z.coerce.number<string>().max(0xffff_fffe, 'expected a whole number from 0 to 4294967294'))
  .meta({ type: 'integer' });

/** What stands before a file route's own path where OpenSandbox's clients name another user, and its two parameters. */
export const identityPrefix = '/v1/filesystem/:uid/:gid';
export const IdentityParams = z.object({ uid: Id, gid: Id });

/** Who a request acts as, by the parameters of its path: whom they name, or the sandbox’s own user. */
export function acting(params: unknown, { caller, ...surroundings }: ActingOptions): Acting {
  const { uid, gid } = params as Partial<Identity>;
  const who = uid === undefined || gid === undefined ? caller() : caller({ uid, gid });
  const at: Acting['at'] = (text, field) => resolvePath(text, field, who, surroundings);
  const atEach: Acting['atEach'] = (texts) =>
    texts.map((text, index) => at(text, texts.length === 1 ? 'path' : `path[${index}]`));
  return { who, at, atEach };
}
