import type { OutputRecord } from '../processes/ring.ts';

/** First byte of a binary frame. */
const channel = { stdout: 1, stderr: 2, replay: 3 } as const;
/** Enough for few frames, and little enough that a slow client is seen to take them. */
const maxFrameBytes = 32 * 1024;

/** Output as it goes on, as few frames as it can: each a byte for its stream and then the bytes. */
export function* outputFrames(records: OutputRecord[]): Generator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  let stream: OutputRecord['stream'] = 'stdout';
  const frame = () => Buffer.concat([Buffer.of(channel[stream]), ...parts]);
  for (const record of records) {
    for (let at = 0; at < record.data.length; at += maxFrameBytes) {
      const part = record.data.subarray(at, at + maxFrameBytes);
      if (length > 0 && (record.stream !== stream || length + part.length > maxFrameBytes)) {
        yield frame();
        parts = [];
        length = 0;
      }
      stream = record.stream;
      parts.push(part);
      length += part.length;
    }
  }
  if (length > 0) yield frame();
}

/** Output from an offset on, in one frame: a byte, the offset as a signed 64-bit number, big end first, and the bytes of both streams. */
export function replayFrame(offset: number, bytes: Buffer[]): Buffer {
  const head = Buffer.alloc(9);
  head[0] = channel.replay;
  head.writeBigInt64BE(BigInt(offset), 1);
  return Buffer.concat([head, ...bytes]);
}
