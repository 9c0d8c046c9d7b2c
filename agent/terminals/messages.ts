import { TerminalRequest } from '../../shared/api/terminals.ts';

/** What a client sent, in whichever way it said it. */
export type ClientMessage = Exclude<TerminalRequest, { type: 'stdin' }> | { type: 'stdin'; data: Buffer };

/** Thrown for a frame that is none of the protocol's. */
export class InvalidFrame extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidFrame';
  }
}

/** Reads a frame: binary ones are input behind a byte 0, text ones are JSON. @throws InvalidFrame */
export function parseMessage(frame: Buffer, isBinary: boolean): ClientMessage {
  if (isBinary) {
    if (frame[0] === 0) return { type: 'stdin', data: frame.subarray(1) };
    throw new InvalidFrame(
      frame.length === 0 ? 'an empty binary frame' : `unknown channel ${frame[0]}: expected 0, input`,
    );
  }
  const { data, error } = TerminalRequest.safeParse(parseJson(frame));
  if (!data) {
    const issue = error.issues[0];
    const field = issue?.path.join('.') || 'frame';
    throw new InvalidFrame(`${field}: ${issue?.message ?? 'expected another value'}`.slice(0, 300));
  }
  return data.type === 'stdin' ? { type: 'stdin', data: Buffer.from(data.data) } : data;
}

function parseJson(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString('utf8'));
  } catch {
    throw new InvalidFrame('expected JSON in a text frame');
  }
}
