import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputEvents } from '../../../agent/kernels/outputs.ts';
import { decode, encode, type Message } from '../../../agent/kernels/wire.ts';

function message(type: string, content: object): Message {
  return {
    channel: 'iopub',
    header: { msg_id: 'm', msg_type: type, session: 's', username: 'u', version: '5.3', date: '' },
    parent_header: {},
    metadata: {},
    content,
  } as unknown as Message;
}

test('a message is the same after the wire, buffers and what routes it included', () => {
  const sent = { ...message('stream', { name: 'stdout', text: 'é\u2028🎉' }), buffers: [new Uint8Array([1, 2, 255])] };
  const frames = [Buffer.from('a topic'), ...encode(sent, 'key')];
  const received = decode(frames, 'iopub', 'key');
  assert.deepEqual({ ...received, buffers: [] }, { ...sent, buffers: [] });
  assert.deepEqual([...(received.buffers![0] as Uint8Array)], [1, 2, 255]);
});

test('what is not signed with the key, or is no message, is refused', () => {
  const frames = encode(message('status', { execution_state: 'idle' }), 'key');
  const changed = frames.with(5, Buffer.from('{"execution_state":"busy"}'));
  for (const wrong of [
    changed,
    frames.slice(1),
    frames.slice(0, 4),
    [],
    [Buffer.alloc(0)],
    frames.with(1, Buffer.from('')),
  ])
    assert.throws(() => decode(wrong, 'iopub', 'key'), /Jupyter message/);
  assert.throws(() => decode(frames, 'iopub', 'another key'), /wrong signature/);
});

test('long text is sent in parts that cut no character', () => {
  const text = `x${'🎉'.repeat(600_000)}`;
  const events = outputEvents(message('stream', { name: 'stderr', text }));
  assert.ok(events.length > 1);
  assert.ok(events.every(({ type, text: part }) => type === 'stderr' && part!.isWellFormed()));
  assert.ok(events.map(({ text: part }) => part).join('') === text);
  assert.deepEqual(outputEvents(message('stream', { name: 'stdout', text: '' })), []);
});

test('a MIME bundle becomes strings: objects as JSON, lists of lines joined, text/plain as text', () => {
  const data = {
    'text/plain': ['one\n', 'two'],
    'image/png': 'aGk=',
    'application/json': ['a', 'b'],
    'application/vnd.plotly.v1+json': { data: [] },
  };
  assert.deepEqual(outputEvents(message('display_data', { data, metadata: {} }))[0]?.results, {
    text: 'one\ntwo',
    'image/png': 'aGk=',
    'application/json': '["a","b"]',
    'application/vnd.plotly.v1+json': '{"data":[]}',
  });
});
