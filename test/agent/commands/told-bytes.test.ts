import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NumberedEvent, readEvents, startAgent } from '../../support/agent.ts';

const command = 'printf "one\\ntwo\\nthree\\n"; printf err >&2; exit 3';

function told(events: NumberedEvent[], stream: 'stdout' | 'stderr'): (string | undefined)[] {
  return events.filter(({ type }) => type === stream).map(({ text }) => text);
}

test('with max_output_bytes the beginning of each stream is told, and how much was left out', async (t) => {
  const agent = await startAgent(t);
  const { events } = await agent.run(command, { max_output_bytes: 5 });
  assert.deepEqual(told(events, 'stdout'), ['one', 't']);
  assert.deepEqual(told(events, 'stderr'), ['err']);
  const { truncated } = events.at(-2)!;
  assert.deepEqual(truncated, { max_output_bytes: 5, stdout: 9, stderr: 0, results: 0 });
  assert.equal(events.at(-1)?.error?.evalue, '3');

  const id = events[0]!.text!;
  const again = await readEvents(await agent.fetch(`/command/${id}/events?max_output_bytes=5`));
  assert.deepEqual(again, events);
  const all = await readEvents(await agent.fetch(`/command/${id}/events`));
  assert.deepEqual(
    [told(all, 'stdout'), all.some(({ type }) => type === 'truncated')],
    [['one', 'two', 'three'], false],
  );
  assert.equal(await (await agent.fetch(`/command/${id}/output`)).text(), 'one\ntwo\nthree\n');
});

test('with max_output_bytes of 0 none is told, and what fits whole is not cut', async (t) => {
  const agent = await startAgent(t);
  const none = await agent.run(command, { max_output_bytes: 0 });
  assert.deepEqual([none.stdout, none.stderr, none.exitCode], ['', '', 3]);
  const whole = await agent.run(command, { max_output_bytes: 14 });
  assert.deepEqual([whole.stdout, whole.stderr], ['one\ntwo\nthree', 'err']);
  assert.ok(whole.events.every(({ type }) => type !== 'truncated'));
});

test('with max_output_bytes a reader of little holds nobody back', async (t) => {
  const agent = await startAgent(t);
  const { stdout, exitCode } = await agent.run('head -c 30000000 /dev/zero | tr "\\0" x', { max_output_bytes: 3 });
  assert.deepEqual([stdout, exitCode], ['xxx', 0]);
});
