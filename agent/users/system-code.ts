import { constants } from 'node:os';

/** The kernel's name of an error, empty for one of another origin. Node has no name for a quota that is used up, only its number. */
export function systemCode(error: unknown): string {
  const { code = '', errno } = (error ?? {}) as NodeJS.ErrnoException;
  return errno === -constants.errno.EDQUOT ? 'EDQUOT' : code;
}
