import type { StreamEvent } from '../../../shared/api/events.ts';

/** A piece of output; a whole of it is in the order in which it was read. */
export interface Piece {
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

/** What a reader gets to see of an event of output. */
export interface Line {
  id: number;
  type: StreamEvent['type'];
  text: string;
}

/**
 * The events that follow from output, byte by byte and without a thought for speed: a second opinion on what the agent
 * makes of it.
 */
export function linesOf(pieces: Piece[], maxBytes: number): Line[] {
  const lines: Line[] = [];
  const open = { stdout: [] as number[], stderr: [] as number[] };
  const afterReturn = { stdout: false, stderr: false };
  let position = 0;
  for (const { stream, data } of pieces) {
    const emit = (bytes: number[]) => lines.push({ id: position, type: stream, text: textOf(bytes) });
    for (const byte of data) {
      position += 1;
      const isRest = afterReturn[stream] && byte === 10;
      afterReturn[stream] = byte === 13;
      if (isRest) continue;
      if (byte === 10 || byte === 13) {
        emit(open[stream].splice(0));
        continue;
      }
      open[stream].push(byte);
      if (open[stream].length > maxBytes) emit(open[stream].splice(0, cutOf(open[stream], maxBytes)));
    }
  }
  for (const [step, stream] of (['stdout', 'stderr'] as const).entries()) {
    const rest = open[stream];
    if (rest.length > 0) lines.push({ id: position + 1 + step, type: stream, text: textOf(rest) });
  }
  return lines;
}

/** Where a line is cut that is too long: before a character, unless there is none to be seen. */
function cutOf(bytes: number[], maxBytes: number): number {
  const cuts = [0, 1, 2, 3].map((back) => maxBytes - back);
  return cuts.find((cut) => cut > 0 && (bytes[cut]! & 0xc0) !== 0x80) ?? maxBytes;
}

function textOf(bytes: number[]): string {
  return bytes.length === 0 ? '\n' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** Numbers from 0 to below `below`, the same for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const fragments = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  'a',
  'word "quoted" \\',
  'ü',
  '日本',
  '🙂',
  '\u2028',
  '\u0085',
  '\t\u0001',
  '\ufeff',
].map((text) => Buffer.from(text));

/** Output made to be hard: line ends, characters and nonsense, cut anywhere. */
export function randomPieces(random: (below: number) => number, count: number): Piece[] {
  return Array.from({ length: count }, () => {
    const parts = Array.from({ length: 1 + random(6) }, () => {
      if (random(8) === 0) return Buffer.from([0x80 + random(128), 0x80 + random(128)]);
      return random(10) === 0 ? Buffer.alloc(random(60), 'long ') : fragments[random(fragments.length)]!;
    });
    const whole = Buffer.concat(parts);
    const start = random(3) === 0 ? random(whole.length) : 0;
    return {
      stream: random(3) === 0 ? ('stderr' as const) : ('stdout' as const),
      data: whole.subarray(start, start + 1 + random(whole.length)),
    };
  });
}
