import { ApiError } from '../../../shared/api/errors.ts';
import { bash } from './bash.ts';
import type { Dialect } from './dialect.ts';
import { javascript } from './javascript.ts';
import { python } from './python.ts';
import { r } from './r.ts';

const dialects = new Map<string, Dialect>([
  ['python', python],
  ['bash', bash],
  ['javascript', javascript],
  ['typescript', javascript],
  ['r', r],
]);

/** How cells of a language change their environment; undefined for a language that nobody has taught us. */
export function dialectOf(language: string): Dialect | undefined {
  return dialects.get(language);
}

/** @throws ApiError `INVALID_PARAMETER` when cells of that language can't have these variables */
export function checkVariables(language: string, variables: Record<string, string>): void {
  const names = Object.keys(variables);
  if (names.length === 0) return;
  const dialect = dialects.get(language);
  if (!dialect)
    throw new ApiError(
      'INVALID_PARAMETER',
      `envs: cells of ${language.slice(0, 64)} can’t have an environment of their own.`,
      {
        field: 'envs',
        expected: `no variables, or a context for ${[...dialects.keys()].join(', ')}`,
      },
    );
  const odd = names.find((name) => dialect.refuses?.(name));
  if (odd === undefined) return;
  const why = dialect.refuses?.(odd) ?? '';
  throw new ApiError('INVALID_PARAMETER', `envs: ${odd.slice(0, 100)} can’t be a variable here: ${why}.`, {
    field: 'envs',
    expected: why,
  });
}
