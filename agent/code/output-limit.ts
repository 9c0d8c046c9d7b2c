import { LeftOut, type Output } from '../kernels/output.ts';
import { outputBytes, outputEvents, type Untimed } from './events.ts';

/**
 * How much a cell may say. It has its beginning told; from where the limit is reached on, output is counted and dropped, so that what
 * was told has no gaps. Errors are none of it.
 */
export class OutputLimit {
  readonly #limit: number;
  readonly #cut = { stdout: 0, stderr: 0, results: 0 };
  #left: number;

  /** `limit`: bytes of text and of results, in all. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** The events that tell an output, as far as they may be told. */
  admit(output: Output): Untimed[] {
    if (output.type === 'stream' && this.#left === 0) {
      this.#cut[output.name] += Buffer.byteLength(output.text);
      return [];
    }
    if ('data' in output)
      for (const form of Object.values(output.data)) if (form instanceof LeftOut) this.#cut.results += form.bytes;
    return outputEvents(output).flatMap((event) => this.#admitted(event) ?? []);
  }

  /** The event that says what was dropped; undefined when nothing was. */
  get truncated(): Untimed | undefined {
    const { stdout, stderr, results } = this.#cut;
    if (stdout + stderr + results === 0) return undefined;
    return { type: 'truncated', truncated: { max_output_bytes: this.#limit, ...this.#cut } };
  }

  #admitted(event: Untimed): Untimed | undefined {
    const bytes = outputBytes(event);
    if (bytes <= this.#left) {
      this.#left -= bytes;
      return event;
    }
    const beginning = event.type === 'result' ? '' : firstBytes(event.text ?? '', this.#left);
    this.#cut[event.type === 'result' ? 'results' : (event.type as 'stdout')] += bytes - Buffer.byteLength(beginning);
    this.#left = 0;
    return beginning === '' ? undefined : { ...event, text: beginning };
  }
}

/** The beginning of a text that takes no more bytes, in whole characters. */
function firstBytes(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.min(bytes, 3 * text.length)));
  return text.slice(0, read);
}
