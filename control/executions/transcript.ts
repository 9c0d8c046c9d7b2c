import type { StreamEvent } from '../../shared/api/events.ts';
import type { KeptEvent } from './store.ts';

/** Further events of output are dropped: of nothing but line ends each byte would be one. */
const mostEvents = 10_000;

/** What is no output comes a few times in a stream of an agent's; what is in a sandbox may say it without end. */
const mostOthers = 100;
/** Characters of such a one as JSON. */
const mostOther = 64 * 1024;

/** The events of an execution as they are kept: its output up to a size, then how much more there was. */
export class Transcript {
  readonly events: KeptEvent[] = [];
  readonly #mostBytes: number;
  readonly #kept = { stdout: 0, stderr: 0 };
  readonly #dropped = { stdout: 0, stderr: 0 };
  #others = 0;
  #last = -1;

  /** `mostBytes`: of each of both streams. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Number of the newest event; -1: there was none. */
  get last(): number {
    return this.#last;
  }

  /** How much of each stream is kept, and what was dropped. */
  get sizes(): { kept: Record<'stdout' | 'stderr', number>; dropped: Record<'stdout' | 'stderr', number> } {
    return { kept: this.#kept, dropped: this.#dropped };
  }

  /** Takes the next event. True: it was the last. */
  take({ id, event }: KeptEvent): boolean {
    if (id !== undefined) this.#last = id;
    if (event.type === 'ping') return false;
    if (event.type === 'stdout' || event.type === 'stderr') {
      this.#takeOutput(event.type, event, id);
      return false;
    }
    const isLast = event.type === 'execution_complete' || event.type === 'error';
    if (isLast) this.#tellDropped(event.timestamp, id);
    else if (this.#others++ >= mostOthers) return false;
    this.events.push({ id, event: small(event) });
    return isLast;
  }

  /** Ends it where its own end was not seen. */
  end(error: StreamEvent): void {
    this.take({ id: this.#last + 3, event: error });
  }

  #takeOutput(stream: 'stdout' | 'stderr', event: StreamEvent, id: number | undefined): void {
    const text = typeof event.text === 'string' ? event.text : '';
    const bytes = Buffer.byteLength(text);
    const isOpen = this.#dropped[stream] === 0 && this.events.length < mostEvents;
    const room = isOpen ? this.#mostBytes - this.#kept[stream] : 0;
    const fits = bytes <= room ? text : wholeCharacters(text, room);
    const size = Buffer.byteLength(fits);
    if (size > 0) this.events.push({ id, event: { type: stream, timestamp: event.timestamp, text: fits } });
    this.#kept[stream] += size;
    this.#dropped[stream] += bytes - size;
  }

  #tellDropped(timestamp: number, id: number | undefined): void {
    const bytes = this.#dropped.stdout + this.#dropped.stderr;
    if (bytes > 0) {
      this.events.push({
        id: id === undefined ? undefined : id - 1,
        event: { type: 'missed', missed: { bytes }, timestamp },
      });
    }
  }
}

/** An event without what no event of an agent's is large of. */
function small(event: StreamEvent): StreamEvent {
  if (JSON.stringify(event).length <= mostOther) return event;
  const { type } = event;
  const error = { ename: 'GENERAL::UNKNOWN_ERROR', evalue: 'What it said was too long.', traceback: [] };
  return { type, timestamp: Date.now(), ...(type === 'error' && { error }) };
}

/** As much of a text as so many bytes have room for. */
function wholeCharacters(text: string, bytes: number): string {
  if (bytes <= 0) return '';
  return Buffer.from(text)
    .toString('utf8', 0, bytes)
    .replace(/\ufffd$/, '');
}
