import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NumberedEvent } from './code-client.ts';
import { textOf, typesOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

test('a cell that says more than it may has its beginning told, then its error, what was dropped, and its end', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(
    `
import sys
from IPython.display import display
print("é" * 600)
print("x" * 1000, file=sys.stderr)
display("shown")
raise ValueError("told all the same")`,
    undefined,
    { max_output_bytes: 1000 },
  );
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'error', 'truncated', 'execution_complete']);
  assert.equal(textOf(events, 'stdout'), 'é'.repeat(500));
  assert.deepEqual(truncatedIn(events), {
    max_output_bytes: 1000,
    stdout: 201,
    stderr: 1001,
    results: "'shown'".length,
  });
});

test('nothing is said of a cell that keeps within its limit', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('print("x" * 99)', undefined, { max_output_bytes: 100 });
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'execution_complete']);
});

test('a limit that is none is refused with what was expected', async (t) => {
  const sandbox = await startSandbox(t);
  for (const wrong of [0, -1, 1.5, '100', 1e300, {}]) {
    const { status, error } = await sandbox.cell('1', undefined, { max_output_bytes: wrong });
    assert.equal(status, 400, String(wrong));
    assert.equal(error.field, 'max_output_bytes');
    assert.match(error.expected!, /expected (whole bytes|at least 1 byte)|<=/);
  }
});

test('a value of 200 MB is missing from its result, which says so; what comes with it is there', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
from IPython.display import display
display({"text/plain": "a picture", "image/png": "A" * 200_000_000}, raw=True)
"after it"`);
  const results = events.filter(({ type }) => type === 'result').map(({ results }) => results);
  assert.deepEqual(results, [
    { text: 'a picture\n[image/png left out: 200000002 bytes, too large for one output]' },
    { text: "'after it'" },
  ]);
  assert.equal(truncatedIn(events)?.results, 200_000_002);
});

test('an error of 100 MB arrives with its beginning, and the next cell runs', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('raise ValueError("x" * 100_000_000)');
  const { error } = events.find(({ type }) => type === 'error')!;
  assert.equal(error?.ename, 'ValueError');
  assert.match(error!.evalue, /^x+… \(.*\d+/);
  assert.ok(JSON.stringify(error).length < 1024 * 1024);
  assert.equal(events.at(-1)?.type, 'execution_complete');
  assert.equal((await sandbox.cell('1')).events.at(-1)?.type, 'execution_complete');
});

function truncatedIn(events: NumberedEvent[]) {
  return events.find(({ type }) => type === 'truncated')?.truncated;
}
