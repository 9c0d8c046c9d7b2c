import { ApiError } from '../../../shared/api/errors.ts';
import { translate } from './translate.ts';

/** A regular expression, for both that search by it. */
export interface Expression {
  /** In ripgrep's syntax; undefined for what only JavaScript has: looking around, and back. */
  ripgrep: string | undefined;
  /** For one line, or for a whole text where matches may span lines; undefined for what only ripgrep has. */
  native: RegExp | undefined;
  /** For many lines at once: where it finds nothing, no line of them matches. */
  screen: RegExp | undefined;
}

/**
 * Reads a pattern. Its syntax is ripgrep's, as far as JavaScript has the same, and JavaScript's looks around and back besides.
 * @throws ApiError INVALID_PARAMETER for what is neither
 */
export function expressionOf(pattern: string, { ignoreCase = false, multiline = false } = {}): Expression {
  const { native, ripgrep, flags, isNativeOnly } = translate(pattern, { multiline });
  const set = `v${ignoreCase || flags.includes('i') ? 'i' : ''}`;
  if (native === undefined) return { ripgrep, native: undefined, screen: undefined };
  try {
    return {
      ripgrep: isNativeOnly ? undefined : ripgrep,
      native: new RegExp(native, multiline ? `${set}gm` : set),
      screen: isNativeOnly || multiline ? undefined : new RegExp(native, `${set}m`),
    };
  } catch (error) {
    const reason = (error as Error).message.replace(/^.*: /s, '').slice(0, 200);
    throw invalidPattern(`this is no regular expression: ${reason}`);
  }
}

/** What is wrong with a pattern, as an error. */
export function invalidPattern(problem: string): ApiError {
  return new ApiError('INVALID_PARAMETER', `pattern: ${problem}.`, {
    field: 'pattern',
    expected: 'a regular expression',
  });
}
