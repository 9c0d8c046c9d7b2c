import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, eventText, placeIn } from '../../../control/mcp/event-ids.ts';

const exchange = '0b9f1a52-6a0c-4f0e-9d43-0c6f6a1f7c11';

test('an event’s id says all of its place again', () => {
  for (const requestId of [0, 7, -1, 'a', 'ü/+', '7']) {
    for (const isLast of [true, false]) {
      const place = { exchange, number: 3, requestId, isLast };
      assert.deepEqual(placeIn(eventId(place)), place);
    }
  }
});

test('an id that was never given out is none', () => {
  const object = Buffer.from('{}').toString('base64url');
  for (const id of ['', '1', `${exchange}.1`, `${exchange}.1.${object}`, `${exchange}.1.!!`, `${exchange}.-1.Nw`]) {
    assert.equal(placeIn(id), undefined, id);
  }
});

test('a message is one line of an event, whatever its texts have', () => {
  const text = eventText({ jsonrpc: '2.0', id: 1, result: { text: 'a\nb\r\nc' } }, 'x');
  assert.equal(text, 'event: message\nid: x\ndata: {"jsonrpc":"2.0","id":1,"result":{"text":"a\\nb\\r\\nc"}}\n\n');
});
