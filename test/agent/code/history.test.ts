import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../../agent/code/history.ts';

const timestamp = 1_700_000_000_000;
const never = new AbortController().signal;

interface Told {
  id: number;
  type: string;
  text?: string;
  missed?: { bytes: number };
}

function parse(text: string): Told[] {
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const [id, data] = frame.split('\n') as [string, string];
      return { ...JSON.parse(data.slice('data: '.length)), id: Number(id.slice('id: '.length)) };
    });
}

async function all(history: History, after?: number): Promise<Told[]> {
  let text = '';
  for await (const frames of history.read(never, after)) text += frames;
  return parse(text);
}

/** One that gives up output beyond about so many bytes. */
function bounded(limit: number): History {
  const history: History = new History((by) => {
    while (by > 0 && history.size > limit && history.giveUp());
  });
  return history;
}

test('events come out in order, numbered by the bytes of output that they end with', async () => {
  const history = new History();
  history.push({ type: 'init', text: 'context', timestamp });
  for (const text of ['a', 'bé', '', 'c']) history.push({ type: 'stdout', text, timestamp });
  history.push({ type: 'execution_complete', timestamp });
  history.end();
  assert.deepEqual(
    (await all(history)).map(({ id, text }) => [id, text]),
    [
      [0, 'context'],
      [1, 'a'],
      [4, 'bé'],
      [5, ''],
      [6, 'c'],
      [7, undefined],
    ],
  );
});

test('a reader that comes back after any event gets all that follow it, and any number may read', async () => {
  const history = new History();
  history.push({ type: 'init', text: 'context', timestamp });
  for (let i = 0; i < 50; i += 1) history.push({ type: 'stdout', text: 'x'.repeat(i % 7), timestamp });
  history.end();
  const events = await all(history);
  const rests = await Promise.all(events.map(({ id }) => all(history, id)));
  for (const [index, rest] of rests.entries()) assert.deepEqual(rest, events.slice(index + 1));
  assert.deepEqual(await all(history, events.at(-1)!.id + 1000), []);
});

test('beyond the limit the oldest output is given up, and every reader is told what it missed to the byte', async () => {
  const whole = new History();
  const history = bounded(30_000);
  const texts = Array.from({ length: 1000 }, (_, i) => `${'é'.repeat(i % 50)}${i}`);
  for (const each of [whole, history]) {
    each.push({ type: 'init', text: 'id', timestamp });
    for (const text of texts.slice(0, 500)) each.push({ type: 'stdout', text, timestamp });
    each.push({ type: 'error', error: { ename: 'E', evalue: '', traceback: [] }, timestamp });
    for (const text of texts.slice(500)) each.push({ type: 'stdout', text, timestamp });
    each.push({ type: 'execution_complete', execution_time: 1, timestamp });
    each.end();
  }
  const everything = await all(whole);
  for (const after of [-1, 0, everything[1]!.id, everything[300]!.id, everything[700]!.id, everything[1000]!.id]) {
    const events = await all(history, after);
    const expected = everything.filter(({ id }) => id > after);
    const kept = new Set(events.map(({ id, type }) => `${id} ${type}`));
    const lost = expected.filter(({ id, type }) => !kept.has(`${id} ${type}`));
    assert.ok(lost.every(({ type }) => type === 'stdout'));
    const missed = events.reduce((sum, event) => sum + (event.missed?.bytes ?? 0), 0);
    assert.equal(missed, Buffer.byteLength(lost.map(({ text }) => text).join('')));
    assert.equal(events.at(-1)?.type, 'execution_complete');
    assert.deepEqual(
      events.map(({ id }) => id),
      events.map(({ id }) => id).toSorted((a, b) => a - b),
    );
  }
  assert.ok(history.size <= 30_000);
});

test('the newest output is kept, however large', async () => {
  const history = bounded(100);
  history.push({ type: 'stdout', text: 'x'.repeat(1000), timestamp });
  history.push({ type: 'result', results: { text: 'y'.repeat(5000) }, timestamp });
  history.end();
  assert.deepEqual(
    (await all(history)).map(({ type, missed }) => missed?.bytes ?? type),
    [1000, 'result'],
  );
});

test('errors without end are bounded, too', async () => {
  const history = bounded(4_000_000);
  const error = { ename: 'E', evalue: 'x'.repeat(100_000), traceback: [] };
  for (let i = 0; i < 200; i += 1) history.push({ type: 'error', error, timestamp });
  history.end();
  assert.ok(history.size <= 4_200_000);
  assert.equal((await all(history))[0]?.type, 'error');
});

test('a reader that is waiting ends when its signal does, and others read on', async () => {
  const history = new History();
  const gone = new AbortController();
  const next = history.read(gone.signal).next();
  const other = history.read(never).next();
  gone.abort();
  assert.equal((await next).done, true);
  history.push({ type: 'stdout', text: 'heard', timestamp });
  assert.equal(parse(String((await other).value))[0]?.text, 'heard');
});
