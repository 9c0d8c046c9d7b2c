import { ApiError } from '../../shared/api/errors.ts';
import { TookTooLong, timeLimited } from './time-limit.ts';

/** Milliseconds for one batch of names. */
const patience = 1000;

/**
 * Compiles a glob for base names, or for paths: `* ? [a-z] [!a] {a,b} !(a) **`. Names that start with a dot are names like any other.
 * The answer filters a batch of files. @throws ApiError INVALID_PARAMETER for a pattern that is none, or that takes too long:
 * a pattern becomes a regular expression, and some of those (`*a*a*a*a*b`) would hold the event loop for ever.
 */
export async function compileGlob(
  pattern: string,
  { field = 'pattern' }: { field?: string } = {},
): Promise<<T>(files: T[], name: (file: T) => string) => T[]> {
  const { default: picomatch } = await import('picomatch');
  let matches: (name: string) => boolean;
  try {
    matches = picomatch(pattern, { dot: true, nonegate: true, posix: true });
  } catch (error) {
    throw refusal(field, `this is not a glob: ${(error as Error).message.slice(0, 200)}`);
  }
  const limited = timeLimited(patience);
  return (files, name) => {
    try {
      return limited(() => files.filter((file) => matches(name(file))));
    } catch (error) {
      if (error instanceof TookTooLong) throw refusal(field, 'this takes too long to match');
      throw error;
    }
  };
}

function refusal(field: string, problem: string): ApiError {
  return new ApiError('INVALID_PARAMETER', `${field}: ${problem}.`, { field, expected: 'a simpler glob' });
}
