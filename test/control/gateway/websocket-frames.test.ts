import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocketFrames } from '../../../control/gateway/websocket-frames.ts';

/** One frame as it goes on the wire. */
function frame(opcode: number, length: number, isMasked: boolean): Buffer {
  const mask = isMasked ? Buffer.alloc(4, 0xff) : Buffer.alloc(0);
  const bit = isMasked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.of(0x80 | opcode, bit | length)
      : length < 65_536
        ? Buffer.of(0x80 | opcode, bit | 126, length >> 8, length & 0xff)
        : Buffer.concat([
            Buffer.of(0x80 | opcode, bit | 127, 0, 0, 0, 0),
            Buffer.of(0, length >> 16, (length >> 8) & 0xff, length & 0xff),
          ]);
  return Buffer.concat([head, mask, Buffer.alloc(length, 0x81)]);
}

test('text and binary say something; pings, pongs and closes don’t', () => {
  for (const isMasked of [false, true]) {
    const frames = new WebSocketFrames();
    for (const length of [0, 5, 125]) {
      for (const opcode of [8, 9, 10]) assert.equal(frames.take(frame(opcode, length, isMasked)), false);
      for (const opcode of [0, 1, 2]) assert.equal(frames.take(frame(opcode, length, isMasked)), true);
    }
    for (const length of [126, 65_535, 65_536, 100_000]) {
      assert.equal(frames.take(frame(2, length, isMasked)), true);
      assert.equal(frames.take(frame(9, 3, isMasked)), false, `after one of ${length} bytes`);
    }
  }
});

test('however the bytes are cut, what they say is the same', () => {
  const all = Buffer.concat([frame(9, 4, true), frame(1, 300, true), frame(10, 0, true), frame(2, 1, true)]);
  for (const size of [1, 2, 3, 7, 100]) {
    const frames = new WebSocketFrames();
    const says: boolean[] = [];
    for (let at = 0; at < all.length; at += size) says.push(frames.take(all.subarray(at, at + size)));
    if (size <= 4) assert.equal(says[0], false, 'the ping comes first');
    assert.ok(says.includes(true));
    assert.equal(frames.take(frame(9, 0, true)), false, 'and nothing is left of a frame');
  }
  const together = new WebSocketFrames();
  assert.equal(together.take(all), true);
});
