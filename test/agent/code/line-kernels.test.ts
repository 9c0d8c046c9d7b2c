import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSandboxWithAgents } from './agents.ts';
import { textOf, typesOf } from './code-client.ts';
import { startSandbox, until } from './sandbox.ts';

const program = join(import.meta.dirname, '../../programs/line-kernel.mjs');
const metadata = { cubby: { protocol: 'lines' } };
const specs = {
  own: { argv: [process.execPath, program], language: 'own', metadata },
  dying: { argv: [process.execPath, program, '--dies'], language: 'dying', metadata },
};
const own = { language: 'own' };

test('a kernelspec may name a program that speaks in lines: output, value, error and state are told as of any kernel', async (t) => {
  const sandbox = await startSandbox(t, { specs });
  const first = await sandbox.cell(
    'kept.x = 41; say.out("né 漢\\n"); say.err(""); say.err("warned"); return kept.x',
    own,
  );
  assert.deepEqual(typesOf(first.events), [
    'init',
    'stdout',
    'stderr',
    'execution_count',
    'result',
    'execution_complete',
  ]);
  assert.equal(textOf(first.events, 'stdout'), 'né 漢\n');
  assert.equal(first.events.find(({ type }) => type === 'result')?.results?.text, '41');
  const cut = await sandbox.cell('say.out(Buffer.from([0xc3])); say.err("e"); say.out(Buffer.from([0xa9, 0xff]))', own);
  assert.equal(textOf(cut.events, 'stdout'), 'é\ufffd');
  const failed = await sandbox.cell('say.out("before"); kept.x += 1; throw new TypeError("wrong ✗")', own);
  const { error } = failed.events.find(({ type }) => type === 'error')!;
  assert.deepEqual([error?.ename, error?.evalue], ['TypeError', 'wrong ✗']);
  assert.equal(failed.events.at(-1)?.type, 'execution_complete');
  const last = await sandbox.cell('return kept.x', own);
  assert.equal(last.events.find(({ type }) => type === 'result')?.results?.text, '42');
  assert.equal(last.events.find(({ type }) => type === 'execution_count')?.execution_count, 4);
});

test('10 MB in small lines, and a value of 2 MB, arrive whole', async (t) => {
  const sandbox = await startSandbox(t, { specs });
  const { events } = await sandbox.cell(
    'for (let i = 0; i < 100_000; i += 1) say.out("x".repeat(99) + "\\n"); return "v".repeat(2_000_000)',
    own,
  );
  assert.ok(textOf(events, 'stdout') === `${'x'.repeat(99)}\n`.repeat(100_000));
  assert.ok(events.find(({ type }) => type === 'result')?.results?.text === 'v'.repeat(2_000_000));
});

test('it is interrupted by a line, and what it says that is none is ignored', async (t) => {
  const sandbox = await startSandbox(t, { specs });
  const { id } = await sandbox.createContext(own);
  const cell = await sandbox.open(
    'kept.x = 1; console.log("nonsense ===\\nend x\\nstdout"); say.out("begun"); await new Promise(() => {})',
    { id },
  );
  await cell.stdoutUntil('begun');
  assert.equal(await sandbox.interrupt(id), 200);
  const events = await cell.rest();
  assert.equal(events.find(({ type }) => type === 'error')?.error?.evalue, 'interrupted');
  assert.equal(await sandbox.interrupt(id), 200, 'nothing happens where nothing runs');
  const next = await sandbox.cell('return kept.x', { id });
  assert.equal(next.events.find(({ type }) => type === 'result')?.results?.text, '1');
});

test('one that dies is told of with its last words: at its start, and in a cell', async (t) => {
  const sandbox = await startSandbox(t, { specs });
  const { status, error } = await sandbox.cell('', { language: 'dying' });
  assert.deepEqual([status, error.code], [500, 'KERNEL_DIED']);
  assert.match(error.message, /exited with code 7 when it was started\. Its last words: no room/);
  const { events } = await sandbox.cell('say.out("bye"); console.error("it was me"); process.exit(3)', own);
  assert.equal(textOf(events, 'stdout'), 'bye');
  const last = events.at(-1)!;
  assert.equal(last.error?.ename, 'KernelDied');
  assert.deepEqual(last.error?.traceback, ['it was me']);
  assert.match(textOf((await sandbox.cell('', own)).events, 'stderr'), /new kernel/);
});

test('a new agent goes on with one whose agent was killed; a cell that ran then runs on', async (t) => {
  const { disk, start } = startSandboxWithAgents(t, specs);
  const [flag, done] = ['flag', 'done'].map((name) => join(disk.dir, 'work', name)) as [string, string];
  const first = await start();
  const [one, two] = [await first.createContext(own), await first.createContext(own)];
  await first.cell('kept.x = 1', { id: one.id });
  const code = `const fs = await import('node:fs'); say.out('begun');
for (let i = 0; !fs.existsSync(${JSON.stringify(flag)}); i += 1) { say.out('x'.repeat(1000)); await new Promise((done) => setTimeout(done, 1)); }
kept.x = 2; fs.writeFileSync(${JSON.stringify(done)}, '');`;
  await (await first.open(code, { id: two.id })).stdoutUntil('begun');
  await first.end('SIGKILL');
  const second = await start();
  await until(async () => (await second.context(one.id)).state === 'idle', 'the program has said that it is idle');
  const { events } = await second.cell('return kept.x', { id: one.id });
  assert.equal(events.find(({ type }) => type === 'result')?.results?.text, '1');
  assert.equal(events.find(({ type }) => type === 'execution_count')?.execution_count, 2);
  await until(async () => (await second.context(two.id)).state === 'busy', 'the cell was found to run');
  assert.equal((await second.cell('', { id: two.id })).error.code, 'CONTEXT_BUSY');
  writeFileSync(flag, '');
  await until(() => existsSync(done), 'the cell is done');
  await until(async () => (await second.context(two.id)).state === 'idle', 'the context is free');
  const after = await second.cell('return kept.x', { id: two.id });
  assert.equal(after.events.find(({ type }) => type === 'result')?.results?.text, '2');
});
