import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from '../../../agent/code/backlog.ts';

const timestamp = 1_700_000_000_000;
const never = new AbortController().signal;

async function all(
  backlog: Backlog,
): Promise<{ id: number; type: string; text?: string; missed?: { bytes: number } }[]> {
  let text = '';
  for await (const frames of backlog.read(never)) text += frames;
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const [id, data] = frame.split('\n') as [string, string];
      return { ...JSON.parse(data.slice('data: '.length)), id: Number(id.slice('id: '.length)) };
    });
}

test('events come out in order, with numbers from 0', async () => {
  const backlog = new Backlog(1_000_000);
  for (const text of ['a', 'b', 'c']) backlog.push({ type: 'stdout', text, timestamp });
  backlog.end();
  const events = await all(backlog);
  assert.deepEqual(
    events.map(({ id, text }) => [id, text]),
    [
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ],
  );
});

test('beyond the limit the oldest output is given up, and the sum of what was missed is right', async () => {
  const backlog = new Backlog(10_000);
  backlog.push({ type: 'init', text: 'id', timestamp });
  const texts = Array.from({ length: 1000 }, (_, i) => `${'é'.repeat(i % 50)}${i}`);
  for (const text of texts) backlog.push({ type: 'stdout', text, timestamp });
  backlog.push({ type: 'execution_complete', execution_time: 1, timestamp });
  backlog.end();
  const events = await all(backlog);
  assert.equal(events[0]?.type, 'init');
  assert.equal(events[1]?.type, 'missed');
  assert.equal(events.at(-1)?.type, 'execution_complete');
  const output = events.filter(({ type }) => type === 'stdout').map(({ text }) => text!);
  assert.deepEqual(output, texts.slice(-output.length));
  assert.ok(output.length > 0);
  const lost = texts.slice(0, -output.length).join('');
  assert.equal(events[1]?.missed?.bytes, Buffer.byteLength(lost));
  assert.equal(events[1]?.id, events[2]!.id - 1);
});

test('the newest output is kept, however large', async () => {
  const backlog = new Backlog(100);
  backlog.push({ type: 'stdout', text: 'x'.repeat(1000), timestamp });
  backlog.push({ type: 'result', results: { text: 'y'.repeat(5000) }, timestamp });
  backlog.end();
  assert.deepEqual(
    (await all(backlog)).map(({ type, missed }) => missed?.bytes ?? type),
    [1000, 'result'],
  );
});

test('a reader that is waiting ends when its signal does, and nothing is kept for it', async () => {
  const backlog = new Backlog(100);
  const gone = new AbortController();
  const frames = backlog.read(gone.signal);
  const next = frames.next();
  gone.abort();
  assert.equal((await next).done, true);
  backlog.push({ type: 'stdout', text: 'unheard', timestamp });
  backlog.end();
  assert.deepEqual(await all(backlog), []);
});
