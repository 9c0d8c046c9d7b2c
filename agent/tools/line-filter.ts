import { ApiError } from '../../shared/api/errors.ts';
import { TookTooLong, withinTime } from './within-time.ts';

/** For the lines of one stretch. */
const patienceMs = 1000;

/** Keeps lines that match a regular expression of somebody else's. */
export class LineFilter {
  readonly #pattern: RegExp;

  /** @throws ApiError `INVALID_REQUEST_BODY` */
  constructor(pattern: string) {
    try {
      this.#pattern = new RegExp(pattern);
    } catch (error) {
      throw refusal((error as Error).message.slice(0, 200), 'a regular expression');
    }
  }

  /** Which of the lines match. @throws ApiError `INVALID_REQUEST_BODY` for an expression that takes too long */
  matches(lines: string[]): boolean[] {
    try {
      return withinTime(patienceMs, () => lines.map((line) => this.#pattern.test(line)));
    } catch (error) {
      if (error instanceof TookTooLong) throw refusal('this takes too long to match', 'a simpler regular expression');
      throw error;
    }
  }
}

function refusal(problem: string, expected: string): ApiError {
  return new ApiError('INVALID_REQUEST_BODY', `filter: ${problem}`, { field: 'filter', expected });
}
