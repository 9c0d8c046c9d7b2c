import { randomBytes } from 'node:crypto';

const prefix = '.cubby-';

/** A hidden name that nobody can guess and prepare, for what is not finished yet. */
export function temporaryName(): string {
  return `${prefix}${randomBytes(12).toString('hex')}`;
}

/** Whether a name is one of ours, for what is not finished or soon gone: tools for models don't show it. */
export function isTemporary(name: string): boolean {
  return name.startsWith(prefix);
}
