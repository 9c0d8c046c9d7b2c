import type { CodeContext } from '../../../shared/api/code.ts';
import type { StreamEvent } from '../../../shared/api/events.ts';
import type { CodeExecution } from '../../../shared/api/executions.ts';

/** An event with the number that its frame had. */
export type NumberedEvent = StreamEvent & { id: number | undefined };

/** What was answered, and, where it was a stream, all of its events. */
export interface CellAnswer {
  status: number;
  error: { code: string; message: string; field?: string; expected?: string };
  events: NumberedEvent[];
}

/** Speaks to the code routes as a client would. */
export class CodeClient {
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  /** Runs a cell to its end. */
  async cell(code: unknown, context?: object, more?: object): Promise<CellAnswer> {
    const running = await this.open(code, context, more);
    return { ...running, events: await running.rest() };
  }

  /** Begins to run a cell. */
  async open(code: unknown, context?: object, more: object = {}): Promise<OpenCell> {
    return await openCell(await this.request('POST', '/code', { code, context, ...more }));
  }

  /** Comes back to a cell, after the event with that number. */
  async resume(executionId: string, after?: number): Promise<OpenCell> {
    const query = after === undefined ? '' : `?after=${after}`;
    return await openCell(await this.request('GET', `/code/executions/${executionId}/events${query}`));
  }

  async execution(id: string): Promise<CodeExecution> {
    return (await (await this.request('GET', `/code/executions/${id}`)).json()) as CodeExecution;
  }

  async request(method: string, path: string, body?: unknown): Promise<Response> {
    return await fetch(this.address + path, {
      method,
      ...(body === undefined
        ? {}
        : {
            headers: { 'content-type': 'application/json' },
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
    });
  }

  async createContext(request: object = {}): Promise<CodeContext> {
    const response = await this.request('POST', '/code/context', request);
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as CodeContext;
  }

  async context(id: string): Promise<CodeContext> {
    return (await (await this.request('GET', `/code/contexts/${id}`)).json()) as CodeContext;
  }

  async interrupt(id: string): Promise<number> {
    return (await this.request('DELETE', `/code?id=${id}`)).status;
  }
}

/** A cell that may still run. */
export class OpenCell {
  readonly status: number;
  readonly headers: Headers;
  /** Empty where nothing was run. */
  readonly executionId: string;
  readonly error: CellAnswer['error'];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(response: Response, error: CellAnswer['error']) {
    this.status = response.status;
    this.headers = response.headers;
    this.executionId = response.headers.get('x-execution-id') ?? '';
    this.error = error;
    this.#reader = response.ok ? response.body!.getReader() : undefined;
  }

  /** The next event that is no ping; undefined at the end. */
  async next(): Promise<NumberedEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const event = parseFrame(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
        if (event.type !== 'ping') return event;
        continue;
      }
      const read = await this.#reader?.read();
      if (!read || read.done) return undefined;
      this.#text += this.#decoder.decode(read.value, { stream: true });
    }
  }

  /** Reads on until standard output has said `text`, and returns what it said. */
  async stdoutUntil(text: string): Promise<string> {
    let said = '';
    while (!said.includes(text)) {
      const event = await this.next();
      if (!event) throw new Error(`the cell ended without ${text}: ${said}`);
      if (event.type === 'error') throw new Error(JSON.stringify(event.error));
      if (event.type === 'stdout') said += event.text;
    }
    return said;
  }

  /** Reads on until an event of that type. */
  async until(type: StreamEvent['type']): Promise<NumberedEvent> {
    for (let event = await this.next(); event; event = await this.next()) if (event.type === type) return event;
    throw new Error(`the cell ended without ${type}`);
  }

  async rest(): Promise<NumberedEvent[]> {
    const events = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  /** Goes away. */
  async leave(): Promise<void> {
    await this.#reader?.cancel();
  }
}

async function openCell(response: Response): Promise<OpenCell> {
  const error = response.ok ? {} : await response.json();
  return new OpenCell(response, error as CellAnswer['error']);
}

export function textOf(events: StreamEvent[], type: 'stdout' | 'stderr'): string {
  return events.map((event) => (event.type === type ? event.text : '')).join('');
}

/** The events with each stream's text in one part where it comes in several, one after the other: kernels may cut it anywhere. */
export function merged<Event extends StreamEvent>(events: Event[]): Event[] {
  const whole: Event[] = [];
  for (const event of events) {
    const last = whole.at(-1);
    const goesOn = (event.type === 'stdout' || event.type === 'stderr') && last?.type === event.type;
    if (goesOn) whole[whole.length - 1] = { ...event, text: `${last.text}${event.text}` };
    else whole.push(event);
  }
  return whole;
}

/** Types of events, however many parts the text of a stream comes in. */
export function typesOf(events: StreamEvent[]): string[] {
  return merged(events).map((event) => event.type);
}

function parseFrame(text: string): NumberedEvent {
  const frame = /^(?:id: (\d+)\n)?data: (.*)$/.exec(text);
  if (!frame) throw new Error(`not a frame: ${text.slice(0, 200)}`);
  return { ...(JSON.parse(frame[2]!) as StreamEvent), id: frame[1] === undefined ? undefined : Number(frame[1]) };
}
