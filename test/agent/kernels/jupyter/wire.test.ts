import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, type Message } from '../../../../agent/kernels/jupyter/wire.ts';

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
  const [received] = decode(frames, 'iopub', 'key');
  assert.deepEqual({ ...received, buffers: [] }, { ...sent, buffers: [] });
  assert.deepEqual([...(received!.buffers![0] as Uint8Array)], [1, 2, 255]);
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
