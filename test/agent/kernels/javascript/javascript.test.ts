import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CodeContext } from '../../../../shared/api/code.ts';
import type { StreamEvent } from '../../../../shared/api/events.ts';
import { type CodeClient, textOf } from '../../code/code-client.ts';
import { isAlive, startSandbox, until } from '../../code/sandbox.ts';

/** What a cell of a context ends with. */
async function run(sandbox: CodeClient, { id }: CodeContext, code: string) {
  const { events, error } = await sandbox.cell(code, { id });
  assert.deepEqual(error, {});
  const failure = events.find(({ type }) => type === 'error')?.error;
  return {
    stdout: textOf(events, 'stdout'),
    stderr: textOf(events, 'stderr'),
    result: events.find((event: StreamEvent & { is_main_result?: boolean }) => event.is_main_result)?.results?.text,
    error: failure && { ename: failure.ename, evalue: failure.evalue, traceback: failure.traceback.join('\n') },
    events,
  };
}

for (const language of ['javascript', 'typescript']) {
  test(`${language}: cells share their state, and may declare again what is there`, async (t) => {
    const sandbox = await startSandbox(t);
    const context = await sandbox.createContext({ language });
    const cell = (code: string) => run(sandbox, context, code);
    assert.equal(
      (await cell('const x = 20; let y = 1; class A { n = x }\nfunction f() { return x + y }')).result,
      undefined,
    );
    assert.equal((await cell('const x = 41; f()')).result, '42');
    assert.equal((await cell('class A { m = 5 }\nnew A()')).result, 'A { m: 5 }');
    assert.equal((await cell('const r = await Promise.resolve({ a: [1, "ü😀"] });\nr')).result, "{ a: [ 1, 'ü😀' ] }");
    assert.equal((await cell('undefined')).result, undefined);
    const other = await sandbox.createContext({ language });
    assert.equal((await run(sandbox, other, 'x')).error?.ename, 'ReferenceError');
  });
}

test('output arrives as text, that of subprocesses too, before the result', async (t) => {
  const sandbox = await startSandbox(t);
  const context = await sandbox.createContext({ language: 'js' });
  const code = [
    'console.log("out", { a: 1 }, "ü😀"); console.error("err");',
    'require("child_process").execSync("echo sub; echo suberr >&2", { stdio: "inherit" });',
    'console.log("é".repeat(100000)); 5',
  ].join('\n');
  const { stdout, stderr, result, events } = await run(sandbox, context, code);
  assert.equal(stdout, `out { a: 1 } ü😀\nsub\n${'é'.repeat(100_000)}\n`);
  assert.equal(stderr, 'err\nsuberr\n');
  assert.equal(result, '5');
  assert.deepEqual(events.at(-1)?.type, 'execution_complete');
  const many = await run(sandbox, context, 'for (let n = 0; n < 20000; n++) console.log(n)');
  assert.equal(many.stdout, Array.from({ length: 20_000 }, (_, n) => `${n}\n`).join(''));
});

test('modules are imported by `import`, `import()` and `require`, packages of the working directory too', async (t) => {
  const sandbox = await startSandbox(t);
  for (const [name, text] of Object.entries({
    'node_modules/pkg/package.json': '{"exports": {"import": "./index.mjs", "require": "./index.cjs"}}',
    'node_modules/pkg/index.mjs': 'export default "esm"; export const named = 1;',
    'node_modules/pkg/index.cjs': 'module.exports = "cjs";',
    'data.json': '{"a": 5}',
    'local.mjs': 'export const here = import.meta.dirname;',
  })) {
    mkdirSync(join(sandbox.dir, 'work', name, '..'), { recursive: true });
    writeFileSync(join(sandbox.dir, 'work', name), text);
  }
  const context = await sandbox.createContext({ language: 'typescript' });
  const cell = async (code: string) => {
    const { result, error } = await run(sandbox, context, code);
    assert.equal(error, undefined);
    return result;
  };
  assert.equal(
    await cell(`import fs, { existsSync as there } from 'node:fs'; import * as path from 'path';
    [typeof fs.readFileSync, there('/'), path.sep]`),
    "[ 'function', true, '/' ]",
  );
  assert.equal(await cell('import pkg, { named } from "pkg"; [pkg, named, require("pkg")]'), "[ 'esm', 1, 'cjs' ]");
  assert.equal(await cell('import data from "./data.json" with { type: "json" }; data.a'), '5');
  assert.equal(
    await cell('(await import("./local.mjs")).here === __dirname && import.meta.dirname === __dirname'),
    'true',
  );
  assert.equal(await cell('export const e = 6; export default class B {}\n[e, typeof B]'), "[ 6, 'function' ]");
});

test('typescript: types go, enums become something', async (t) => {
  const sandbox = await startSandbox(t);
  const context = await sandbox.createContext({ language: 'TS' });
  const cell = (code: string) => run(sandbox, context, code);
  assert.equal((await cell('interface P { a: string }\nconst p = { a: "q" } satisfies P;\n(p as P).a')).result, "'q'");
  assert.equal((await cell('enum Color { Red, Green }\nColor.Green')).result, '1');
  assert.match((await cell('let x: = 5')).error!.traceback, /^SyntaxError/m);
  const javascript = await sandbox.createContext({ language: 'javascript' });
  assert.equal((await run(sandbox, javascript, 'let n: number = 1')).error?.ename, 'SyntaxError');
});

test('an error has its name, its words and the user’s part of its stack', async (t) => {
  const sandbox = await startSandbox(t);
  const context = await sandbox.createContext({ language: 'javascript' });
  const cell = (code: string) => run(sandbox, context, code);
  const thrown = await cell(
    'function inner() {\n  throw new RangeError("boom ü", { cause: new Error("why") });\n}\ninner()',
  );
  assert.deepEqual([thrown.error?.ename, thrown.error?.evalue], ['RangeError', 'boom ü']);
  assert.match(
    thrown.error!.traceback,
    /^RangeError: boom ü\n {4}at inner \(cell-1\.js:2:9\)\n {4}at cell-1\.js:4:1\n.*why/s,
  );
  assert.doesNotMatch(thrown.error!.traceback, /javascript\.cjs|node:/);
  const wrong = await cell('const a = 1;\nconst = 2');
  assert.match(wrong.error!.traceback, /^SyntaxError: .*\n {4}at cell-2\.js:2:7$/);
  assert.equal((await cell('throw { a: 1 }')).error?.evalue, '{ a: 1 }');
  assert.equal((await cell('await Promise.reject(new TypeError("later"))')).error?.ename, 'TypeError');
  const late = await cell(
    'Promise.reject(new Error("nobody looks")); setTimeout(() => { throw new Error("late") });\nawait new Promise((r) => setTimeout(r, 50)); 7',
  );
  assert.match(late.stderr, /Uncaught Error: nobody looks\n(.*\n)*Uncaught Error: late/);
  assert.equal(late.result, '7');
});

test('an interrupt ends whatever a cell does, for good, and leaves what there was', async (t) => {
  const sandbox = await startSandbox(t);
  const context = await sandbox.createContext({ language: 'javascript' });
  await run(
    sandbox,
    context,
    'const kept = "here"; let ticks = 0; const sleep = (ms) => new Promise((r) => setTimeout(r, ms));',
  );
  const endless = [
    'while (true) {}',
    'await new Promise(() => {})',
    'await sleep(1); while (true) {}',
    'await new Promise(() => setTimeout(() => { while (true) {} }))',
    'async function main() { for (;;) { ticks++; await sleep(1) } }\nawait main()',
    'for (;;) { ticks++; await sleep(1) }',
    'try { for (;;) console.log("more") } finally { while (true) {} }',
    'require("child_process").execSync("sleep 600")',
    'new Int32Array(new SharedArrayBuffer(4)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  ];
  for (const code of endless) {
    const cell = await sandbox.open(`console.log("begun"); ${code}`, { id: context.id });
    await cell.stdoutUntil('begun\n');
    assert.equal(await sandbox.interrupt(context.id), 200);
    const events = await cell.rest();
    const error = events.find(({ type }) => type === 'error')?.error;
    assert.match(`${error?.ename} ${error?.evalue}`, /^KeyboardInterrupt|^Error Command failed: sleep/, code);
    const after = await run(sandbox, context, 'const then = ticks; await sleep(20); [kept, ticks - then]');
    assert.equal(after.result, "[ 'here', 0 ]", `${code}: ${after.error?.traceback}`);
  }
  // A promise that nobody can settle any more is collected: the evaluation that waited for it is long over.
  const collected = 'for (let n = 0; n < 50; n++) new Array(1e6).fill({});\nkept';
  assert.equal((await run(sandbox, context, collected)).result, "'here'");
});

test('what has a look of its own is shown so', async (t) => {
  const sandbox = await startSandbox(t);
  const context = await sandbox.createContext({ language: 'javascript' });
  const shown = async (code: string) =>
    (await run(sandbox, context, code)).events.flatMap(({ results }) => (results ? [results] : []));
  assert.deepEqual(await shown(`jupyter.html\`<b>\${1 + 1}</b>\``), [{ 'text/html': '<b>2</b>' }]);
  assert.deepEqual(await shown('await jupyter.display(jupyter.svg("<svg/>")); 5'), [
    { 'image/svg+xml': '<svg/>' },
    { text: '5' },
  ]);
  const table = '({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "t", "application/json": [1] }) })';
  assert.deepEqual(await shown(table), [{ text: 't', 'application/json': '[1]' }]);
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47]).toString('base64');
  assert.deepEqual(await shown(`jupyter.image(Buffer.from("${png}", "base64"))`), [{ 'image/png': png }]);
});

test('a cell that ends the process has said everything, and the next one runs in a new kernel', async (t) => {
  const sandbox = await startSandbox(t);
  const context = await sandbox.createContext({ language: 'javascript' });
  const end = await run(sandbox, context, 'console.log("x".repeat(1000000) + "bye"); process.exit(3)');
  assert.match(end.stdout, /^x{1000000}bye\n$/);
  assert.match(end.error!.evalue, /^The kernel exited with code 3\./);
  assert.equal((await run(sandbox, context, '1 + 1')).result, '2');
});

test('an image whose Node is too old is served with the agent’s own, and one without mkfifo still has output', async (t) => {
  const old = { argv: ['/bin/sh'], language: 'javascript', env: {} };
  const sandbox = await startSandbox(t, { specs: { 'no-tools': old } });
  const bin = join(sandbox.dir, 'jupyter');
  const script = join(sandbox.dir, 'launchers/javascript.cjs');
  const argv = [process.execPath, '--expose-internals', script, '{connection_file}', 'javascript'];
  const spec = { argv, language: 'javascript', env: { PATH: bin }, interrupt_mode: 'message' };
  writeFileSync(join(bin, 'kernels/no-tools/kernel.json'), JSON.stringify(spec));
  const bare = await sandbox.createContext({ kernel: 'no-tools' });
  const { stdout, stderr, result } = await run(sandbox, bare, 'console.log("ü"); console.error("e"); process.env.PATH');
  assert.deepEqual([stdout, stderr, result], ['ü\n', 'e\n', `'${bin}'`]);
  // What an old Node does with the kernel's program is known to the agent by this exit code alone.
  mkdirSync(join(sandbox.dir, 'bin'));
  writeFileSync(join(sandbox.dir, 'bin/node'), '#!/bin/sh\nexit 69\n', { mode: 0o755 });
  const context = await sandbox.createContext({ language: 'javascript' });
  assert.match((await run(sandbox, context, 'process.version')).result!, /^'v\d+/);
});

test('nothing of a kernel is left when its context is deleted, subprocesses included', async (t) => {
  const sandbox = await startSandbox(t);
  const context = await sandbox.createContext({ language: 'javascript' });
  const code =
    'const child = require("child_process").spawn("sleep", ["600"], { detached: true }); [process.pid, child.pid].join()';
  const pids = (await run(sandbox, context, code)).result!.match(/\d+/g)!.map(Number);
  assert.ok(pids.every(isAlive));
  await sandbox.request('DELETE', `/code/contexts/${context.id}`);
  await until(() => !pids.some(isAlive), 'nothing of the kernel is left');
});
