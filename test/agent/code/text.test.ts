import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { merged, textOf } from './code-client.ts';
import { startSandbox, until } from './sandbox.ts';

test('carriage returns, colours, NUL and other controls arrive as they were written', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
import sys, time
for percent in (0, 50, 100):
    sys.stderr.write(f"\\r{percent:3}%|{'█' * (percent // 10)}|")
    sys.stderr.flush()
print("\\x1b[31mred\\x1b[0m\\x00\\x07\\x08\\x7f\\r\\n", end="")`);
  assert.equal(textOf(events, 'stderr'), `\r  0%||\r 50%|${'█'.repeat(5)}|\r100%|${'█'.repeat(10)}|`);
  assert.equal(textOf(events, 'stdout'), '\u001b[31mred\u001b[0m\0\u0007\b\u007f\r\n');
});

test('standard output and standard error keep their order where each is flushed', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
import sys
for i in range(200):
    print(i, end=" ", file=sys.stderr if i % 2 else sys.stdout, flush=True)`);
  const told = merged(events).filter(({ type }) => type === 'stdout' || type === 'stderr');
  assert.equal(told.map(({ text }) => text).join(''), Array.from({ length: 200 }, (_, i) => `${i} `).join(''));
  assert.ok(told.every(({ type, text }) => (Number(text) % 2 ? 'stderr' : 'stdout') === type));
});

test('100,000 prints arrive complete', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('for i in range(100000): print(i)');
  assert.ok(textOf(events, 'stdout') === Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join(''));
});

test('what threads write while the cell runs is in it, and no line is cut by another', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
import threading
def say(name):
    for i in range(500): print(f"{name} {i}\\n", end="")
threads = [threading.Thread(target=say, args=(name,)) for name in "abcd"]
for thread in threads: thread.start()
for thread in threads: thread.join()`);
  const lines = textOf(events, 'stdout').trimEnd().split('\n');
  for (const name of 'abcd')
    assert.deepEqual(
      lines.filter((line) => line.startsWith(name)),
      Array.from({ length: 500 }, (_, i) => `${name} ${i}`),
    );
});

test('what a thread writes after its cell’s end is told by the next cell', async (t) => {
  const sandbox = await startSandbox(t);
  const [go, done] = [join(sandbox.dir, 'work/go'), join(sandbox.dir, 'work/done')];
  await sandbox.cell(`
import os, sys, threading, time
def later():
    while not os.path.exists(${JSON.stringify(go)}): time.sleep(0.005)
    print("late", flush=True)
    print("later", file=sys.stderr, flush=True)
    open(${JSON.stringify(done)}, "w").close()
threading.Thread(target=later).start()`);
  writeFileSync(go, '');
  await until(() => existsSync(done), 'the thread has spoken');
  const { events } = await sandbox.cell('print("next")');
  assert.equal(textOf(events, 'stdout'), 'late\nnext\n');
  assert.equal(textOf(events, 'stderr'), 'later\n');
});

test('what threads write while another cell runs is told by that one, and too much between cells is cut and said so', async (t) => {
  const sandbox = await startSandbox(t);
  const [go, more, done] = ['go', 'more', 'done'].map((name) => join(sandbox.dir, 'work', name)) as [
    string,
    string,
    string,
  ];
  await sandbox.cell(`
import os, threading, time
def wait(path):
    while not os.path.exists(path): time.sleep(0.005)
def later():
    wait(${JSON.stringify(go)})
    print("meanwhile", flush=True)
    spoken.set()
    wait(${JSON.stringify(more)})
    for i in range(100): print(str(i % 10) * 2000, flush=True)
    open(${JSON.stringify(done)}, "w").close()
spoken = threading.Event()
threading.Thread(target=later).start()`);
  const during = await sandbox.cell(`open(${JSON.stringify(go)}, "w").close()\nspoken.wait()\nprint("mine")`);
  assert.match(textOf(during.events, 'stdout'), /meanwhile\n/);
  writeFileSync(more, '');
  await until(() => existsSync(done), 'the thread has spoken');
  // What is brought to the kernel before the cell comes behind all that on its way back.
  mkdirSync(join(sandbox.dir, 'work/.opensandbox'));
  writeFileSync(join(sandbox.dir, 'work/.opensandbox/env'), 'BEFORE=the cell\n');
  const { events } = await sandbox.cell('1');
  assert.match(textOf(events, 'stderr'), /^\d+ earlier characters of what was said between cells were dropped\.\n$/);
  const text = textOf(events, 'stdout');
  assert.ok(
    text.endsWith(`${'9'.repeat(2000)}\n`) && text.length <= 64 * 1024 && text.length > 50_000,
    String(text.length),
  );
});
