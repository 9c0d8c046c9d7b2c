import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf, typesOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

const java = { language: 'java' };

test('cells of Java keep variables, methods and classes, and have a value, in a JDK without a kernelspec', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext({ ...java, cwd: '/usr' });
  const first = await sandbox.cell(
    `class A {
  final int v;
  A(int v) { this.v = v; }
  @Override public String toString() { return "A" + v; }
}
int twice(int x) { return x * 2; }
var a = new A(twice(21)); // a comment
System.out.println("né 漢字 🎉");
System.err.println("warned");
a`,
    { id },
  );
  assert.deepEqual(typesOf(first.events), [
    'init',
    'stdout',
    'stderr',
    'execution_count',
    'result',
    'execution_complete',
  ]);
  assert.equal(textOf(first.events, 'stdout'), 'né 漢字 🎉\n');
  assert.equal(resultOf(first.events), 'A42');
  const second = await sandbox.cell('Stream.of(a.v, 1).map(x -> twice(x)).toList() + new File("").getAbsolutePath()', {
    id,
  });
  assert.equal(resultOf(second.events), '"[84, 2]/usr"');
  const quiet = await sandbox.cell('int x = 5; // no value\nSystem.out.print("no end");', { id });
  assert.deepEqual(typesOf(quiet.events), ['init', 'stdout', 'execution_count', 'execution_complete']);
  for (const [code, ename, said] of [
    [
      'System.out.println("one"); int[] none = {}; none[3] = 1;',
      'java.lang.ArrayIndexOutOfBoundsException',
      /bounds.*\n +at /,
    ],
    ['System.out.println("one"); int x = "text";', 'CompilationError', /cannot be converted to int\n +int x = "text";/],
    ['System.out.println("one"); int y =', 'CompilationError', /reached end of file/],
  ] as const) {
    const { events } = await sandbox.cell(code, { id });
    const { error } = events.find(({ type }) => type === 'error')!;
    assert.equal(error?.ename, ename);
    assert.match(error!.traceback.join('\n'), said);
    assert.equal(textOf(events, 'stdout'), 'one\n');
    assert.equal(events.at(-1)?.type, 'execution_complete');
  }
  const large = await sandbox.cell('for (int i = 0; i < 100_000; i++) System.out.println("line " + i);', { id });
  assert.ok(textOf(large.events, 'stdout') === Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join(''));
});

test('an interrupt ends a sleep, a loop and a subprocess of Java’s and keeps the state; System.exit ends the kernel', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.cell('int kept = 0;', java);
  let id = '';
  for (const code of [
    'Thread.sleep(1000_000);',
    'while (true) { }',
    'new ProcessBuilder("sleep", "1000").start().waitFor();',
  ]) {
    const cell = await sandbox.open(`kept++; System.out.println("begun");\n${code}\nkept = 100;`, java);
    id = (await cell.next())!.text!;
    await cell.stdoutUntil('begun\n');
    assert.equal((await sandbox.context(id)).state, 'busy');
    assert.equal(await sandbox.interrupt(id), 200);
    const events = await cell.rest();
    assert.equal(events.find(({ type }) => type === 'error')?.error?.ename, 'Interrupted', code);
  }
  assert.equal(resultOf((await sandbox.cell('kept', java)).events), '3');
  const { events } = await sandbox.cell('System.out.print("bye"); System.exit(3);', java);
  assert.equal(textOf(events, 'stdout'), 'bye');
  assert.equal(events.at(-1)?.error?.ename, 'KernelDied');
  assert.equal((await sandbox.context(id)).state, 'dead');
  const next = await sandbox.cell('1 + 1', java);
  assert.match(textOf(next.events, 'stderr'), /new kernel/);
  assert.equal(resultOf(next.events), '2');
});

function resultOf(events: { type: string; results?: Record<string, string> | undefined }[]): string | undefined {
  return events.find(({ type }) => type === 'result')?.results?.text;
}
