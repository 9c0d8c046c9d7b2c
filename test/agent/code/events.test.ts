import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputEvents } from '../../../agent/code/events.ts';

test('long text is sent in parts that cut no character', () => {
  const text = `x${'🎉'.repeat(600_000)}`;
  const events = outputEvents({ type: 'stream', name: 'stderr', text });
  assert.ok(events.length > 1);
  assert.ok(events.every(({ type, text: part }) => type === 'stderr' && part!.isWellFormed()));
  assert.ok(events.map(({ text: part }) => part).join('') === text);
  assert.deepEqual(outputEvents({ type: 'stream', name: 'stdout', text: '' }), []);
});

test('a MIME bundle becomes strings: objects as JSON, lists of lines joined, text/plain as text', () => {
  const data = {
    'text/plain': ['one\n', 'two'],
    'image/png': 'aGk=',
    'application/json': ['a', 'b'],
    'application/vnd.plotly.v1+json': { data: [] },
  };
  assert.deepEqual(outputEvents({ type: 'result', count: 1, data, metadata: {} })[0]?.results, {
    text: 'one\ntwo',
    'image/png': 'aGk=',
    'application/json': '["a","b"]',
    'application/vnd.plotly.v1+json': '{"data":[]}',
  });
});
