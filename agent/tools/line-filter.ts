import { ApiError } from '../../shared/api/errors.ts';
import { LineThread } from './line-thread.ts';
import { TookTooLong, withinTime } from './within-time.ts';

/** Here, where everybody else waits meanwhile. Any usual expression is through with a stretch in a tenth of it. */
const hereMs = 100;
/** In a thread of its own, for all stretches together. */
const apartMs = 5000;

/** Keeps lines that match a regular expression of somebody else's. One that takes long does so in a thread of its own, which is ended. */
export class LineFilter {
  readonly #pattern: RegExp;
  #thread: LineThread | undefined;
  #leftMs = apartMs;

  /** @throws ApiError `INVALID_REQUEST_BODY` */
  constructor(pattern: string) {
    try {
      this.#pattern = new RegExp(pattern);
    } catch (error) {
      throw refusal((error as Error).message.slice(0, 200), 'a regular expression');
    }
  }

  /** Which of the lines match. @throws ApiError `INVALID_REQUEST_BODY` for an expression that takes too long */
  async matches(lines: string[]): Promise<boolean[]> {
    try {
      if (!this.#thread) return withinTime(hereMs, () => lines.map((line) => this.#pattern.test(line)));
    } catch (error) {
      if (!(error instanceof TookTooLong)) throw error;
      this.#thread = new LineThread(this.#pattern.source);
    }
    const begun = performance.now();
    const matches = await this.#thread.matches(lines, this.#leftMs);
    this.#leftMs -= performance.now() - begun;
    if (matches) return matches;
    throw refusal('this takes too long to match', 'a simpler regular expression');
  }

  /** Has to be called: a thread may be left. */
  close(): void {
    this.#thread?.close();
  }
}

function refusal(problem: string, expected: string): ApiError {
  return new ApiError('INVALID_REQUEST_BODY', `filter: ${problem}`, { field: 'filter', expected });
}
