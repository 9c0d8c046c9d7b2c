import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NumberedEvent } from './code-client.ts';
import { merged, typesOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

test('the value of a cell is told apart from what it displayed', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('from IPython.display import display\ndisplay("shown")\n"returned"');
  assert.deepEqual(
    results(events).map(({ results, is_main_result: isMain }) => [results?.text, isMain]),
    [
      ["'shown'", undefined],
      ["'returned'", true],
    ],
  );
});

test('an update names the display that it takes the place of', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
from IPython.display import HTML, display
handle = display(HTML("one"), display_id="x")
handle.update(HTML("two"))`);
  assert.deepEqual(updates(events), [
    ['one', 'x', undefined],
    ['two', 'x', true],
  ]);
});

test('a cell that updates what an earlier cell displayed tells it itself, once', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.cell('from IPython.display import HTML, display\nhandle = display(HTML("one"), display_id="x")');
  const { events } = await sandbox.cell('handle.update(HTML("two"))\n_ = display(HTML("three"), display_id="x")');
  assert.deepEqual(updates(events), [
    ['two', 'x', true],
    ['three', 'x', undefined],
  ]);
});

test('clear_output arrives between what it is about', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
from IPython.display import clear_output
for i in range(2):
    print(i, flush=True)
    clear_output(wait=i == 1)`);
  const told = ['stdout', 'clear_output'];
  assert.deepEqual(
    merged(events)
      .filter(({ type }) => told.includes(type))
      .map(({ text, clear_output: clear }) => text ?? clear),
    ['0\n', { wait: false }, '1\n', { wait: true }],
  );
  assert.equal(typesOf(events).at(-1), 'execution_complete');
});

test('how an output is to be shown arrives with it', async (t) => {
  const sandbox = await startSandbox(t);
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const { events } = await sandbox.cell(`
import base64
from IPython.display import Image, display
display(Image(base64.b64decode("${pixel}"), width=40, height=30))
display("bare")`);
  const [image, bare] = results(events);
  assert.deepEqual(image?.metadata, { 'image/png': { width: 40, height: 30 } });
  assert.equal(bare && 'metadata' in bare, false);
});

test('half characters arrive as U+FFFD, as clients’ readers of JSON refuse them', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
import sys
from IPython.display import display
print("a\\ud800b\\udc80c")
print("d\\udfffe", file=sys.stderr)
display({"text/plain": "f\\ud83d", "text/html": "<b>\\ude00</b>"}, raw=True)
raise ValueError("g\\ud800")`);
  const said = merged(events).filter(({ type }) => ['stdout', 'stderr', 'result', 'error'].includes(type));
  const strings = said.flatMap(({ text, results: bundle, error }) => [
    text ?? '',
    ...Object.values(bundle ?? {}),
    ...(error?.traceback ?? []),
  ]);
  assert.ok(strings.every((text) => text.isWellFormed()));
  assert.deepEqual(
    said.map(({ text, results: bundle, error }) => text ?? bundle ?? error?.evalue),
    ['a\ufffdb\ufffdc\n', 'd\ufffde\n', { text: 'f\ufffd', 'text/html': '<b>\ufffd</b>' }, 'g\ufffd'],
  );
});

function results(events: NumberedEvent[]): NumberedEvent[] {
  return events.filter(({ type }) => type === 'result');
}

function updates(events: NumberedEvent[]) {
  return results(events).map(({ results, display_id: id, update }) => [results?.['text/html'], id, update]);
}
