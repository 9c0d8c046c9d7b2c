import { Output } from './output.ts';
import type { BuildStore, NumberedEvent } from './store.ts';

/** Lines wait so long for others to be written with: each write is one to the disk. */
const togetherMs = 100;

/** Writes down what one build says. */
export class Telling {
  readonly #key: string;
  readonly #store: BuildStore;
  readonly #now: () => number;
  readonly #onTold: () => void;
  readonly #output = new Output();
  #waiting: Omit<NumberedEvent, 'n'>[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `onTold` is called when something was written down. */
  constructor(key: string, { store, now, onTold }: { store: BuildStore; now: () => number; onTold: () => void }) {
    this.#key = key;
    this.#store = store;
    this.#now = now;
    this.#onTold = onTold;
  }

  /** Output, in whatever parts. */
  say(text: string): void {
    this.#add('line', this.#output.add(text));
  }

  /** What happens to the build, behind all that it has said. Written down when it returns. */
  tell(type: Exclude<NumberedEvent['type'], 'line'>, text: string): void {
    this.#add('line', this.#output.end());
    this.#add(type, [text]);
    this.flush();
  }

  /** Writes down what waits for that. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    this.#store.tell(this.#key, this.#waiting);
    this.#waiting = [];
    this.#onTold();
  }

  #add(type: NumberedEvent['type'], texts: readonly string[]): void {
    const at = this.#now();
    for (const text of texts) this.#waiting.push({ type, at, text });
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.flush(), togetherMs);
  }
}
