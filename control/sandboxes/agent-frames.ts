import type { StreamEvent } from '../../shared/api/events.ts';

/** What is not ended by a blank line after so much is no stream of an agent's. */
const mostBytes = 16 * 1024 * 1024;

/** An event as it was read, and as it stood on the wire. */
export interface ReadFrame {
  event: StreamEvent;
  /** Some events have none: they belong to what comes behind them. */
  id?: number | undefined;
  frame: string;
}

/** Reads an agent's events from the pieces of its stream. What comes of a sandbox is not trusted: what is no event is passed over. */
export async function* readFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<ReadFrame> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const frames = rest.split('\n\n');
    rest = frames.pop()!;
    if (rest.length > mostBytes) throw new Error('the agent’s event is too long');
    for (const text of frames) {
      const event = eventOf(/^data: (.*)$/m.exec(text)?.[1]);
      const id = /^id: (\d{1,15})$/m.exec(text)?.[1];
      if (event) yield { event, id: id === undefined ? undefined : Number(id), frame: `${text}\n\n` };
    }
  }
}

function eventOf(json: string | undefined): StreamEvent | undefined {
  try {
    const event = JSON.parse(json ?? '') as StreamEvent;
    return typeof event?.type === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
