import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { refusal, running } from './running.ts';

test('a program of Python is run from its beginning to its end', async (t) => {
  const { code } = running(await startAgent(t));
  const told = await code('python', 'import sys\nprint("grüße")\nprint("oh", file=sys.stderr)\nsys.exit(3)', {
    description: 'Say hello.',
  });
  assert.deepEqual(
    [told.success, told.exitCode, told.output, told.stdout, told.stderr, told.error],
    [false, 3, 'grüße\n', 'grüße\n', 'oh\n', 'oh'],
  );
  const fine = await code('python', 'print(6 * 7)');
  assert.deepEqual([fine.success, fine.exitCode, fine.output, fine.error], [true, 0, '42\n', undefined]);
});

test('a program that fails says of what, and where in a file with a name that makes sense', async (t) => {
  const { code } = running(await startAgent(t));
  const python = await code('python', 'def half(x):\n    return x / 0\n\nhalf(1)');
  assert.equal(python.error, 'ZeroDivisionError: division by zero');
  assert.match(python.stderr, /File ".*main\.py", line 2, in half\n {4}return x \/ 0/);
  const javascript = await code(
    'javascript',
    'const half = (x) => {\n  throw new Error("no half of " + x);\n};\nhalf(1);',
  );
  assert.deepEqual([javascript.success, javascript.exitCode], [false, 1]);
  assert.match(javascript.stderr, /main\.m?js:2/);
  assert.match(javascript.stderr, /no half of 1/);
});

test('JavaScript may be of either kind, and TypeScript loses what is only types', async (t) => {
  const { code } = running(await startAgent(t));
  for (const [language, text] of [
    ['javascript', 'const { basename } = require("node:path"); console.log(basename("/a/b"));'],
    ['javascript', 'import { basename } from "node:path"; console.log(await Promise.resolve(basename("/a/b")));'],
    [
      'typescript',
      'import { basename } from "node:path";\nconst b: string = basename("/a/b");\nconsole.log(b as string);',
    ],
    [
      'typescript',
      'enum Names { b = "b" }\ninterface Has { b: Names }\nconst has: Has = { b: Names.b };\nconsole.log(has.b);',
    ],
  ] as const) {
    const { output, stderr, success } = await code(language, text);
    assert.deepEqual([output, stderr, success], ['b\n', '', true], text);
  }
  const broken = await code('typescript', 'const a: = 1;');
  assert.deepEqual([broken.success, broken.exitCode], [false, 1]);
  assert.match(broken.stderr, /^SyntaxError: /);
});

test('a program of Bash runs too', async (t) => {
  const { code } = running(await startAgent(t));
  const { output, exitCode } = await code('bash', 'for i in 1 2; do echo "$i"; done\nexit 5');
  assert.deepEqual([output, exitCode], ['1\n2\n', 5]);
});

test('programs find what lies in the directory where they run, and leave nothing there', async (t) => {
  const agent = await startAgent(t);
  const { code } = running(agent);
  writeFileSync(join(agent.dir, 'nearby.py'), 'word = "python"');
  writeFileSync(join(agent.dir, 'nearby.cjs'), 'exports.word = "javascript";');
  const before = readdirSync(agent.dir).sort();
  const cwd = agent.dir;
  const env = 'import sys; sys.dont_write_bytecode = True\n';
  assert.equal((await code('python', `${env}import nearby; print(nearby.word)`, { cwd })).output, 'python\n');
  const script = 'console.log(require("./nearby.cjs").word, process.cwd() === __dirname)';
  assert.equal((await code('javascript', script, { cwd })).output, 'javascript true\n');
  assert.deepEqual(readdirSync(agent.dir).sort(), before);
});

test('a program’s file is gone when it has ended', async (t) => {
  const agent = await startAgent(t);
  const { code } = running(agent);
  const { output } = await code('python', 'print(__file__)');
  await assert.rejects(async () => readdirSync(join(output.trim(), '..')), { code: 'ENOENT' });
});

test('one that takes too long is ended, and what it had printed is there', async (t) => {
  const { code } = running(await startAgent(t));
  const told = await code('python', 'import time\nprint("so far")\ntime.sleep(1000)', { timeout: 8000 });
  assert.deepEqual([told.success, told.exitCode, told.output], [false, 124, 'so far\n']);
  assert.match(told.error!, /time-out/);
});

test('when the caller goes, the program ends', async (t) => {
  const agent = await startAgent(t);
  const { code } = running(agent);
  const gone = new AbortController();
  const text = `import time\nopen("up", "w")\ntime.sleep(1000)`;
  const call = code('python', text, { cwd: agent.dir }, { signal: gone.signal });
  const refused = assert.rejects(call, { name: 'AbortError' });
  await until(() => readdirSync(agent.dir).includes('up'), 'it runs');
  gone.abort();
  await refused;
  const atWork = async () => ((await (await agent.fetch('/activity')).json()) as { commands: number }).commands;
  await until(async () => (await atWork()) === 0, 'it has ended');
});

test('what can not be run is told with the field that is wrong', async (t) => {
  const agent = await startAgent(t);
  for (const [parameters, code, field] of [
    [{}, 'INVALID_REQUEST_BODY', 'code'],
    [{ code: '' }, 'INVALID_REQUEST_BODY', 'code'],
    [{ code: '1', language: 'cobol' }, 'INVALID_REQUEST_BODY', 'language'],
    [{ code: '1', cwd: '/nowhere' }, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd'],
  ] as const) {
    const refused = await refusal(agent, 'executeCode', parameters);
    assert.deepEqual([refused.code, refused.field], [code, field], JSON.stringify(parameters));
  }
});
