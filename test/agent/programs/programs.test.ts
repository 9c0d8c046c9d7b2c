import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProgramReport } from '../../../shared/api/programs.ts';
import { collect, readEvents, startAgent, type TestAgent } from '../../support/agent.ts';

async function run(agent: TestAgent, program: object) {
  const id = randomUUID();
  const started = await agent.post('/programs', { id, timeout: 60_000, ...program });
  assert.equal(started.status, 200, await started.clone().text());
  const ran = collect(await readEvents(await agent.fetch(`/command/${id}/events`)));
  await agent.over(id);
  return ran;
}

test('code in each language runs with its arguments, its input and its environment', async (t) => {
  const agent = await startAgent(t);
  const more = { args: ['one', 'two words'], stdin: 'from outside', env: { NAME: 'value' } };
  for (const program of [
    {
      language: 'python',
      code: 'import os, sys\nprint(sys.argv[1:], sys.stdin.read(), os.environ["NAME"])\nprint("e", file=sys.stderr)\nsys.exit(5)',
      said: "['one', 'two words'] from outside value",
    },
    {
      language: 'javascript',
      code: 'console.log(process.argv.slice(2), require("fs").readFileSync(0, "utf8"), process.env.NAME); console.error("e"); process.exitCode = 5;',
      said: "[ 'one', 'two words' ] from outside value",
    },
    {
      language: 'javascript',
      code: 'import { readFileSync } from "node:fs"; console.log(process.argv.slice(2), readFileSync(0, "utf8"), process.env.NAME); console.error("e"); process.exitCode = 5;',
      said: "[ 'one', 'two words' ] from outside value",
    },
    {
      language: 'shell',
      code: 'echo "$1|$2|$(cat)|$NAME"; echo e >&2; exit 5',
      said: 'one|two words|from outside|value',
    },
  ]) {
    const { stdout, stderr, exitCode } = await run(agent, { ...more, ...program });
    assert.deepEqual([stdout, stderr, exitCode], [program.said, 'e', 5], program.code);
  }
});

test('what code imports is looked for in its working directory, where it leaves no file of its own', async (t) => {
  const agent = await startAgent(t);
  const cwd = join(agent.dir, 'work');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'mine.py'), 'answer = 42');
  writeFileSync(join(cwd, 'mine.cjs'), 'exports.answer = 42');
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  for (const program of [
    { language: 'python', code: 'import mine, os\nprint(mine.answer, sorted(os.listdir()))' },
    { language: 'javascript', code: 'console.log(require("./mine.cjs").answer, require("fs").readdirSync("."))' },
    {
      language: 'javascript',
      code: 'import mine from "./mine.cjs"; import { readdirSync } from "fs"; console.log(mine.answer, readdirSync("."))',
    },
  ]) {
    const { stdout, stderr } = await run(agent, { ...program, cwd, env });
    assert.match(stdout, /^42 \[ ?'mine.cjs', 'mine.py' ?\]$/, stderr);
  }
  assert.deepEqual(readdirSync(cwd).sort(), ['mine.cjs', 'mine.py']);
});

test('a program that is asked for twice by one id is started once', async (t) => {
  const agent = await startAgent(t);
  const id = randomUUID();
  const body = { id, language: 'shell', code: 'echo once >> ran', timeout: 60_000, cwd: agent.dir };
  const read = async () => (await readEvents(await agent.fetch(`/command/${id}/events`))).length;
  assert.equal((await agent.post('/programs', body)).status, 200);
  await read();
  assert.equal((await agent.post('/programs', body)).status, 200);
  await read();
  assert.equal((await run(agent, { language: 'shell', code: 'cat ran', cwd: agent.dir })).stdout, 'once');
  await agent.over(id);
  const unknown = await agent.fetch(`/programs/${randomUUID()}`);
  assert.equal(((await unknown.json()) as { code: string }).code, 'COMMAND_NOT_FOUND');
});

test('of what a handler says only the size is told where that is too much', async (t) => {
  const agent = await startAgent(t);
  const id = randomUUID();
  const code = 'def handler(event):\n    return "x" * 100_000';
  await agent.post('/programs', { id, language: 'python', code, handler: 'handler', timeout: 60_000 });
  await readEvents(await agent.fetch(`/command/${id}/events`));
  const { outcome, outcome_bytes: bytes } = (await (
    await agent.fetch(`/programs/${id}?most=1000`)
  ).json()) as ProgramReport;
  assert.deepEqual([outcome, bytes! > 1000], [undefined, true]);
  await agent.over(id);
});

test('a program that can’t be run is refused, and says which part of it is wrong', async (t) => {
  const agent = await startAgent(t);
  const body = { id: randomUUID(), language: 'python', code: 'pass', timeout: 1000 };
  for (const [change, code, field] of [
    [{ language: 'cobol' }, 'INVALID_REQUEST_BODY', 'language'],
    [{ code: '' }, 'INVALID_REQUEST_BODY', 'code'],
    [{ code: 'x'.repeat(1024 * 1024 + 1) }, 'INVALID_REQUEST_BODY', 'code'],
    [{ id: '../../etc' }, 'INVALID_REQUEST_BODY', 'id'],
    [{ args: ['a\0b'] }, 'INVALID_REQUEST_BODY', 'args.0'],
    [{ timeout: -1 }, 'INVALID_REQUEST_BODY', 'timeout'],
    [{ handler: 'a b' }, 'INVALID_REQUEST_BODY', 'handler'],
    [{ language: 'shell', handler: 'handler' }, 'INVALID_PARAMETER', 'handler'],
    [{ cwd: '/nowhere' }, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd'],
    [{ env: { PATH: '/nowhere' } }, 'KERNEL_NOT_AVAILABLE', 'language'],
  ] as const) {
    const answer = (await (await agent.post('/programs', { ...body, ...change })).json()) as {
      code: string;
      field: string;
    };
    assert.deepEqual([answer.code, answer.field], [code, field]);
  }
});

test('a program that is asked for twice at the same moment is started once', async (t) => {
  const agent = await startAgent(t);
  const file = join(agent.dir, 'starts');
  const id = randomUUID();
  const program = { id, language: 'shell', code: `echo start >>'${file}'`, timeout: 60_000 };
  const answers = await Promise.all([1, 2, 3].map(() => agent.post('/programs', program)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  await readEvents(await agent.fetch(`/command/${id}/events`));
  assert.equal(readFileSync(file, 'utf8'), 'start\n');
  await agent.over(id);
});

test('a program does not take the place of what else has its id', async (t) => {
  const agent = await startAgent(t);
  const { session_id: id } = (await (await agent.post('/pty', {})).json()) as { session_id: string };
  const files = () => readdirSync(join(agent.dir, 'spool', id)).sort();
  const before = files();
  const taken = await agent.post('/programs', { id, language: 'shell', code: 'true', timeout: 1000 });
  assert.deepEqual([taken.status, ((await taken.json()) as { field?: string }).field], [400, 'id']);
  assert.deepEqual(files(), before);
});
