import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { merged, textOf, typesOf } from './code-client.ts';
import { startSandbox, until } from './sandbox.ts';

test('a cell sends init, output, execution_count, result and execution_complete, numbered by bytes of output', async (t) => {
  const sandbox = await startSandbox(t);
  const { status, events: parts } = await sandbox.cell('print("hello")\n6 * 7');
  const events = merged(parts);
  assert.equal(status, 200);
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'result', 'execution_complete']);
  assert.deepEqual(
    events.map(({ id }) => id),
    [0, 6, 7, 9, 10],
  );
  assert.equal(events[1]?.text, 'hello\n');
  assert.equal(events[2]?.execution_count, 1);
  assert.deepEqual(events[3]?.results, { text: '42' });
  assert.ok(events[4]!.execution_time! >= 0);
  assert.ok(events.every(({ timestamp }) => Math.abs(timestamp - Date.now()) < 60_000));
});

test('cells without a context share the state of the default one', async (t) => {
  const sandbox = await startSandbox(t);
  const first = await sandbox.cell('import math\nx = math.pi');
  assert.deepEqual(typesOf(first.events), ['init', 'execution_count', 'execution_complete']);
  const second = await sandbox.cell('round(x, 3)', { language: 'python' });
  assert.deepEqual(second.events.find(({ type }) => type === 'result')?.results, { text: '3.142' });
  assert.equal(second.events[0]?.text, first.events[0]?.text);
  assert.equal((await sandbox.context(first.events[0]!.text!)).state, 'idle');
});

test('standard output and standard error arrive while the cell runs', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/go-on');
  const cell = await sandbox.open(`
import os, sys, time
print("begun", flush=True)
print("warned", file=sys.stderr, flush=True)
while not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)
print("done")`);
  await cell.stdoutUntil('begun\n');
  let warned = '';
  while (!warned.endsWith('\n')) warned += (await cell.until('stderr')).text;
  assert.equal(warned, 'warned\n');
  writeFileSync(flag, '');
  assert.equal(textOf(await cell.rest(), 'stdout'), 'done\n');
});

test('what a cell displays arrives as results: PNG as base64, HTML, JSON as text', async (t) => {
  const sandbox = await startSandbox(t);
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const { events } = await sandbox.cell(`
import base64
from IPython.display import HTML, JSON, Image, display
display(Image(base64.b64decode("${pixel}")))
display(HTML("<b>bold</b>"), JSON({"a": [1, "\\u2028"]}))
"last"`);
  const results = events.filter(({ type }) => type === 'result').map(({ results }) => results!);
  assert.equal(results.length, 4);
  assert.equal(results[0]?.['image/png']?.replaceAll('\n', ''), pixel);
  assert.equal(results[1]?.['text/html'], '<b>bold</b>');
  assert.deepEqual(JSON.parse(results[2]!['application/json']!), { a: [1, '\u2028'] });
  assert.equal(results[3]?.text, "'last'");
  assert.ok(results.every((bundle) => !('text/plain' in bundle) && 'text' in bundle));
});

test('an output that is displayed again, or updated, arrives once each time', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
from IPython.display import HTML, display
handle = display(HTML("one"), display_id="x")
handle.update(HTML("two"))
_ = display(HTML("three"), display_id="x")`);
  const shown = events.filter(({ type }) => type === 'result').map(({ results }) => results?.['text/html']);
  assert.deepEqual(shown, ['one', 'two', 'three']);
});

test('a cell that fails sends its error with the traceback, then execution_complete', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('def f():\n    return 1 / 0\nprint("before")\nf()');
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'error', 'execution_complete']);
  const { ename, evalue, traceback } = events.find(({ type }) => type === 'error')!.error!;
  assert.equal(ename, 'ZeroDivisionError');
  assert.equal(evalue, 'division by zero');
  assert.match(traceback.join('\n'), /return.*1.*\/.*0/);
});

test('a cell that asks for input fails at once and says why', async (t) => {
  const sandbox = await startSandbox(t);
  for (const code of ['input("name? ")', 'import getpass; getpass.getpass()']) {
    const { events } = await sandbox.cell(code);
    const { error } = events.find(({ type }) => type === 'error')!;
    assert.equal(error?.ename, 'StdinNotImplementedError');
    assert.match(error!.evalue, /does not support input/);
  }
});

test('a cell that the kernel can’t parse, or can’t tell the result of, ends, and the next one runs', async (t) => {
  const sandbox = await startSandbox(t);
  for (const code of ['def', 'print("\ud800")', 'raise ValueError("\\ud800")']) {
    const { status, events } = await sandbox.cell(code);
    assert.equal(status, 200);
    assert.equal(events.at(-1)?.type, 'execution_complete', code);
  }
  const { events } = await sandbox.cell('"still here"');
  assert.equal(events.find(({ type }) => type === 'result')?.results?.text, "'still here'");
});

test('text of any language and U+2028 arrive as they were printed', async (t) => {
  const sandbox = await startSandbox(t);
  const text = 'naïve 漢字 🎉 \u2028 \u0085 end';
  const { events } = await sandbox.cell(`print(${JSON.stringify(text)}, end="")`);
  assert.equal(textOf(events, 'stdout'), text);
});

test('what subprocesses write arrives with their cell, bytes that are no UTF-8 and cut characters included', async (t) => {
  const sandbox = await startSandbox(t);
  for (let round = 0; round < 25; round += 1) {
    const { events } = await sandbox.cell('import os\n_ = os.system("echo out; echo err >&2")');
    assert.deepEqual([textOf(events, 'stdout'), textOf(events, 'stderr')], ['out\n', 'err\n']);
  }
  const script = "printf x; yes é | head -n 100000; printf '\\\\377\\\\303'";
  const { events } = await sandbox.cell(`import subprocess\n_ = subprocess.run(["sh", "-c", "${script}"])`);
  assert.ok(textOf(events, 'stdout') === `x${'é\n'.repeat(100_000)}\ufffd`);
  assert.equal(textOf((await sandbox.cell('_ = os.write(1, b"\\xa9!")')).events, 'stdout'), 'é!');
});

test('20,000 flushed lines and one of 20 MB arrive complete', async (t) => {
  const sandbox = await startSandbox(t);
  const many = await sandbox.cell('for i in range(20000): print(i, flush=True)');
  const expected = Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join('');
  assert.ok(textOf(many.events, 'stdout') === expected);
  const large = await sandbox.cell('print("é🎉x" * 4_000_000)');
  const text = textOf(large.events, 'stdout');
  assert.ok(text === `${'é🎉x'.repeat(4_000_000)}\n`);
  const longest = Math.max(...large.events.map((event) => JSON.stringify(event).length));
  assert.ok(longest < 4 * 1024 * 1024, 'no event is longer than a client’s line reader takes');
});

test('a reader that is too slow is told how much it missed, and gets the end', async (t) => {
  const sandbox = await startSandbox(t, { historyBytes: 512 * 1024 });
  const cell = await sandbox.open('for i in range(600): print(str(i) * 20000, flush=True)\nprint("the end")');
  const init = await cell.next();
  await until(async () => (await sandbox.context(init!.text!)).state === 'idle', 'the cell is over');
  const events = await cell.rest();
  const missed = events.filter(({ type }) => type === 'missed');
  assert.ok(missed.length > 0);
  const bytes = missed.reduce((sum, event) => sum + event.missed!.bytes, 0);
  const received = Buffer.byteLength(textOf(events, 'stdout'));
  const printed = Array.from({ length: 600 }, (_, i) => String(i).length * 20_000 + 1).reduce((a, b) => a + b);
  assert.equal(bytes + received, printed + 'the end\n'.length);
  assert.ok(textOf(events, 'stdout').endsWith('the end\n'));
  assert.equal(events.at(-1)?.type, 'execution_complete');
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map(({ id }) => id).toSorted((a, b) => a! - b!),
  );
});

test('a cell goes on when its reader leaves, and the next can run after it', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/gone');
  const done = join(sandbox.dir, 'work/done');
  const cell = await sandbox.open(`
import os, time
print("begun", flush=True)
while not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)
for i in range(1000): print("nobody hears this", flush=True)
kept = "finished"
open(${JSON.stringify(done)}, "w").close()`);
  const id = (await cell.next())!.text!;
  await cell.stdoutUntil('begun\n');
  await cell.leave();
  writeFileSync(flag, '');
  await until(() => existsSync(done), 'the cell is done');
  await until(async () => (await sandbox.context(id)).state === 'idle', 'the context is idle');
  const { events } = await sandbox.cell('kept');
  assert.equal(events.find(({ type }) => type === 'result')?.results?.text, "'finished'");
});

test('cells find no arguments, no file of ours, and can import what was left out at the start', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
import argparse, importlib.util, os, sys
argparse.ArgumentParser().parse_args()
print(any(p and os.path.exists(os.path.join(p, "launch_ipykernel.py")) for p in sys.path), "" in sys.path)
print([name for name in ("debugpy", "jedi") if sys.modules.get(name, 1) is None])
print(os.environ["MPLBACKEND"])`);
  assert.equal(textOf(events, 'stdout'), 'False True\n[]\nmodule://matplotlib_inline.backend_inline\n');
});
