import type { Log, LogOptions } from '../runtime.ts';
import type { Engine } from './engine.ts';

/** Lines and bytes of a log that are read at most: it is for people, and a container fills it as it likes. */
const lineLimit = 10_000;
const byteLimit = 1024 * 1024;

/** The end of a container's log, standard output and error in the order in which the engine read them. @throws EngineRefusal */
export async function readLog(
  engine: Engine,
  container: string,
  { tail = lineLimit, since, timestamps = false }: LogOptions,
): Promise<Log> {
  const lines = Math.max(0, Math.min(lineLimit, Math.trunc(tail) || 0));
  const query = {
    stdout: true,
    stderr: true,
    timestamps,
    // One more tells whether there are more.
    tail: lines + 1,
    ...(since !== undefined && { since: (since.getTime() / 1000).toFixed(3) }),
  };
  const path = `/containers/${container}/logs`;
  return engine.read({ what: 'read a log', path, query }, async (stream) => {
    let entries = 0;
    const { text, isCut } = await lastText(payloads(stream, () => entries++));
    return { text: lastOf(text, lines), isCut: isCut || entries > lines };
  });
}

/** The engine counts its entries, and a line that is very long is several of them: there may be fewer lines than it was asked for. */
function lastOf(text: string, lines: number): string {
  if (lines === 0) return '';
  let start = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let count = 0; count < lines; count++) {
    if (start <= 0) return text;
    start = text.lastIndexOf('\n', start - 1);
    if (start < 0) return text;
  }
  return text.slice(start + 1);
}

/**
 * The bytes of both streams out of the engine's frames: eight bytes before each part, the stream's number first and
 * the length last. `onFrame` hears of each.
 */
export async function* payloads(stream: AsyncIterable<Buffer>, onFrame?: () => void): AsyncGenerator<Buffer> {
  let header = Buffer.alloc(0);
  let left = 0;
  for await (let chunk of stream) {
    while (chunk.length > 0) {
      if (left === 0) {
        const missing = 8 - header.length;
        header = Buffer.concat([header, chunk.subarray(0, missing)]);
        chunk = chunk.subarray(missing);
        if (header.length < 8) break;
        left = header.readUInt32BE(4);
        onFrame?.();
        header = Buffer.alloc(0);
      } else {
        const part = chunk.subarray(0, left);
        left -= part.length;
        chunk = chunk.subarray(part.length);
        yield part;
      }
    }
  }
}

/** The last mebibyte as text, from the beginning of a line. */
export async function lastText(parts: AsyncIterable<Buffer>, limit = byteLimit): Promise<Log> {
  const kept: Buffer[] = [];
  let length = 0;
  let cut = false;
  for await (const part of parts) {
    kept.push(part);
    length += part.length;
    while (length - kept[0]!.length >= limit) {
      length -= kept.shift()!.length;
      cut = true;
    }
  }
  let text = Buffer.concat(kept);
  if (text.length > limit) {
    text = text.subarray(text.length - limit);
    cut = true;
  }
  // Where the cut is in the middle of a line, the rest of that line is no line.
  return { text: (cut ? text.subarray(text.indexOf(0x0a) + 1) : text).toString('utf8'), isCut: cut };
}
