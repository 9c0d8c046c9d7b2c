import { randomBytes } from 'node:crypto';

/** A hidden name that nobody can guess and prepare, for what is not finished yet. */
export function temporaryName(): string {
  return `.cubby-${randomBytes(12).toString('hex')}`;
}
