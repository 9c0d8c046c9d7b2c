import type { StreamEvent } from '../../shared/api/events.ts';
import { frame } from '../../shared/http/event-stream.ts';

/** What is handed over at once. */
const batchLength = 256 * 1024;
/** Middleboxes and clients give up on a connection that is silent for longer. */
const pingMs = 3000;

interface Waiting {
  id: number;
  text: string;
  /** Bytes of output in it; 0 for what is never given up. */
  bytes: number;
}

/**
 * The events of one cell on their way to its one reader: numbered frames, bounded in memory. When the reader is too slow
 * the oldest output is given up, and the reader is told how much. Once nobody reads, nothing is kept.
 */
export class Backlog {
  readonly #limit: number;
  #frames: Waiting[] = [];
  #length = 0;
  #id = -1;
  #missed = { bytes: 0, id: 0 };
  #ended = false;
  #abandoned = false;
  #wake = () => {};

  /** `limit`: about so many bytes wait at most, the newest event apart. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(event: StreamEvent): void {
    const id = ++this.#id;
    if (this.#abandoned) return;
    const text = frame(event, id);
    this.#frames.push({ id, text, bytes: outputBytes(event) });
    this.#length += text.length;
    if (this.#length > this.#limit) this.#giveUp();
    this.#wake();
  }

  /** No more events come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Frames as they come, several at once where they have piled up, pings in between; for one reader. */
  read(signal: AbortSignal): AsyncGenerator<string> {
    signal.addEventListener('abort', () => this.#abandon());
    return this.#read(signal);
  }

  async *#read(signal: AbortSignal): AsyncGenerator<string> {
    try {
      while (!signal.aborted) {
        const text = this.#take();
        if (text) yield text;
        else if (this.#ended) return;
        else if (!(await this.#news())) yield frame({ type: 'ping', text: 'pong', timestamp: Date.now() });
      }
    } finally {
      this.#abandon();
    }
  }

  #abandon(): void {
    this.#abandoned = true;
    this.#frames = [];
    this.#wake();
  }

  #take(): string {
    let text = '';
    let count = 0;
    for (const waiting of this.#frames) {
      if (text.length > batchLength) break;
      if (this.#missed.bytes > 0 && waiting.id > this.#missed.id) {
        const { bytes, id } = this.#missed;
        text += frame({ type: 'missed', missed: { bytes }, timestamp: Date.now() }, id);
        this.#missed = { bytes: 0, id: 0 };
      }
      text += waiting.text;
      this.#length -= waiting.text.length;
      count += 1;
    }
    this.#frames.splice(0, count);
    return text;
  }

  /** A quarter at once: one by one, each would cost moving all the others. The newest stays, however large. */
  #giveUp(): void {
    const newest = this.#frames.at(-1);
    let spare = this.#length - this.#limit * 0.75;
    this.#frames = this.#frames.filter((waiting) => {
      if (spare <= 0 || waiting.bytes === 0 || waiting === newest) return true;
      spare -= waiting.text.length;
      this.#length -= waiting.text.length;
      this.#missed = { bytes: this.#missed.bytes + waiting.bytes, id: waiting.id };
      return false;
    });
  }

  /** False when there was none for a while. */
  #news(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), pingMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

function outputBytes({ text, type, results }: StreamEvent): number {
  if (type === 'stdout' || type === 'stderr') return Buffer.byteLength(text ?? '');
  return Object.values(results ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
}
