import { gray } from './words.ts';

/** Calls a server and shows each call as the curl line that a user would type. */
export class Calls {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #shownHeaders: string;

  /** `shownAs`: how the secret header is written in what is shown. */
  constructor(base: string, headers: Record<string, string>, shownAs: string) {
    this.#base = base;
    this.#headers = headers;
    this.#shownHeaders = shownAs;
  }

  /** Sends JSON, or a form, or nothing. @throws Error with the server's own words when it refuses */
  async send(method: string, path: string, body?: unknown): Promise<Response> {
    const form = body instanceof FormData;
    const json = body === undefined || form ? undefined : JSON.stringify(body);
    const shownBody = form
      ? ' -F metadata=@metadata.json -F file=@poem.txt'
      : json
        ? ` --json '${json.replaceAll("'", "'\\''")}'`
        : '';
    const shownMethod = method === 'GET' || (method === 'POST' && body !== undefined) ? '' : ` -X ${method}`;
    process.stdout.write(gray(`  $ curl${shownMethod} ${this.#shownHeaders} '${this.#base}${path}'${shownBody}\n`));
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { ...this.#headers, ...(json ? { 'content-type': 'application/json' } : {}) },
      body: form ? body : json,
    });
    if (!response.ok)
      throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
    return response;
  }

  /** Events of a stream, each as it arrives. */
  async *events(path: string, body: unknown): AsyncGenerator<StreamEvent> {
    const response = await this.send('POST', path, body);
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) yield JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as StreamEvent;
    }
  }
}

/** As far as the demo looks at it. */
export interface StreamEvent {
  type: string;
  timestamp: number;
  text?: string;
  results?: Record<string, string>;
  error?: { ename: string; evalue: string };
  execution_time?: number;
}
