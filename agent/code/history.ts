import type { StreamEvent } from '../../shared/api/events.ts';
import { frame } from '../../shared/http/event-stream.ts';
import { outputBytes } from './events.ts';

/** What is handed over at once. */
const batchLength = 256 * 1024;
/** Middleboxes and clients give up on a connection that is silent for longer. */
const pingMs = 3000;
/** What a frame costs beside its text. */
const frameCost = 128;
/** Events that tell what became of the cell: there is one of each. */
const essential = new Set(['init', 'execution_count', 'truncated', 'execution_complete']);
/** These are kept, too, up to so much of them: a cell can send any number. */
const important = new Set(['error', 'input_request']);
const importantLength = 1024 * 1024;

interface Numbered {
  /** The event's number: its first one is above that of the event before, and it takes as many as it has bytes of output. */
  id: number;
  first: number;
  /** Outside of the heap, which is small in a small sandbox, and slow to clean up where much is kept in it. */
  data: Buffer;
  isOutput: boolean;
}

/**
 * The events of one cell as numbered frames, for any number of readers. An event's number grows by the bytes of output in it, one at
 * least, so that a reader that comes back after any event can be told exactly how much was given up meanwhile.
 */
export class History {
  readonly #onGrowth: (by: number) => void;
  readonly #waiting = new Set<() => void>();
  #frames: Numbered[] = [];
  #size = 0;
  #important = 0;
  #last = -1;
  #readers = 0;
  #ended = false;

  /** `onGrowth` hears of bytes that are held more, or fewer. */
  constructor(onGrowth: (by: number) => void = () => {}) {
    this.#onGrowth = onGrowth;
  }

  /** About how much memory it takes. */
  get size(): number {
    return this.#size;
  }

  get isRead(): boolean {
    return this.#readers > 0;
  }

  push(event: StreamEvent): void {
    const first = this.#last + 1;
    const bytes = outputBytes(event);
    const id = first + Math.max(1, bytes) - 1;
    const data = Buffer.from(frame(event, id));
    this.#last = id;
    this.#frames.push({ id, first, data, isOutput: !this.#isKept(event, data) });
    this.#grow(data.length + frameCost);
    this.#wake();
  }

  /** No more events come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Frames after the event with number `after`, several at once where there are, and pings in between. */
  async *read(signal: AbortSignal, after = -1): AsyncGenerator<string | Buffer> {
    this.#readers += 1;
    let seen = after;
    try {
      while (!signal.aborted) {
        const { data, id } = this.#batch(seen);
        seen = id;
        if (data.length > 0) yield data;
        else if (this.#ended) return;
        else if (!(await this.#news(signal))) yield frame({ type: 'ping', text: 'pong', timestamp: Date.now() });
      }
    } finally {
      this.#readers -= 1;
    }
  }

  /** Gives up a quarter of what it holds, the oldest output first; never the newest. False when there was none. */
  giveUp(): boolean {
    const newest = this.#frames.at(-1);
    const enough = this.#size / 4;
    let freed = 0;
    this.#frames = this.#frames.filter((held) => {
      if (freed >= enough || !held.isOutput || held === newest) return true;
      freed += held.data.length + frameCost;
      return false;
    });
    this.#grow(-freed);
    return freed > 0;
  }

  #isKept({ type }: StreamEvent, { length }: Buffer): boolean {
    if (essential.has(type)) return true;
    if (!important.has(type)) return false;
    this.#important += length;
    return this.#important <= importantLength;
  }

  /** What was given up left a gap between two numbers. */
  #batch(after: number): { data: Buffer; id: number } {
    const parts: Buffer[] = [];
    let length = 0;
    let seen = after;
    for (let index = this.#indexAfter(after); index < this.#frames.length && length <= batchLength; index += 1) {
      const { id, first, data } = this.#frames[index]!;
      const bytes = first - 1 - seen;
      if (bytes > 0)
        parts.push(Buffer.from(frame({ type: 'missed', missed: { bytes }, timestamp: Date.now() }, first - 1)));
      parts.push(data);
      length += data.length;
      seen = id;
    }
    return { data: parts.length === 1 ? parts[0]! : Buffer.concat(parts), id: seen };
  }

  #indexAfter(number: number): number {
    let low = 0;
    let high = this.#frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#frames[middle]!.id > number) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** False when there was none for a while. */
  #news(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isNews: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve(isNews);
      };
      const wake = () => done(true);
      const timer = setTimeout(() => done(false), pingMs);
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #grow(by: number): void {
    this.#size += by;
    this.#onGrowth(by);
  }
}
