import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

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
  const told = events.filter(({ type }) => type === 'stdout' || type === 'stderr');
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
