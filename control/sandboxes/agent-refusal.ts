import { ApiError, type ErrorCode, errorTable } from '../../shared/api/errors.ts';

/** Characters of each of its words; what is in a sandbox may say anything, and as much as it likes. */
const most = 2000;

/** What an agent says is a code, if it is one. */
export function knownCode(code: unknown): ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'RUNTIME_ERROR';
}

/**
 * What an agent refuses with, as an error to be told: a code only where it is a known one, words only where they are text. `answer`: the body
 * as JSON has it, whatever that is.
 */
export function agentRefusal(answer: unknown): ApiError {
  const said = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof said[name] === 'string' ? said[name].slice(0, most) : undefined);
  const [field, expected] = [text('field'), text('expected')];
  return new ApiError(
    knownCode(said['code']),
    text('message') ?? 'The sandbox’s agent refuses, and does not say why.',
    {
      ...(field !== undefined && { field }),
      ...(expected !== undefined && { expected }),
    },
  );
}
