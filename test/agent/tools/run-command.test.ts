import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startAgent, type TestAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { refusal, running } from './running.ts';

/** Processes that have this word in their command line. */
function withWord(word: string): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).split('\0').includes(word)).length;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** A time for sleep(1) that no other test has. */
function ownSeconds(): string {
  return `${10_000 + process.pid}.${Math.floor(Math.random() * 1e9)}`;
}

/** An agent whose user has temporary files in a directory of the test's own. */
async function startWithTemporary(t: TestContext, settings: Record<string, string> = {}): Promise<TestAgent> {
  const temporary = mkdtempSync(join(tmpdir(), 'cubby-output-'));
  const environ = join(temporary, 'environ');
  writeFileSync(environ, `PATH=${process.env.PATH}\0TMPDIR=${temporary}\0`);
  t.after(() => rmSync(temporary, { recursive: true, force: true }));
  return startAgent(t, { CUBBY_ENVIRON: environ, ...settings });
}

test('a command is answered with both streams, together and each, and its exit code', async (t) => {
  const { run } = running(await startAgent(t));
  const told = await run('echo out; echo err >&2; exit 3', { description: 'Look what comes.', cwd: null });
  assert.deepEqual(
    { ...told, commandId: '', durationMs: 0, output: told.output.split('\n').sort().join(' ') },
    {
      commandId: '',
      success: false,
      exitCode: 3,
      output: ' err out',
      stdout: 'out\n',
      stderr: 'err\n',
      durationMs: 0,
      sandboxed: true,
    },
  );
  const fine = await run('printf "grüße"');
  assert.deepEqual([fine.success, fine.exitCode, fine.stdout, fine.output], [true, 0, 'grüße', 'grüße']);
});

test('it runs where it is told to, with the variables that it is given', async (t) => {
  const agent = await startAgent(t);
  const { run } = running(agent);
  const env = { GREETING: 'hi' };
  const { stdout } = await run('pwd; echo "$GREETING $IMAGE_ENV"', { cwd: agent.dir, env });
  assert.equal(stdout, `${realpathSync(agent.dir)}\nhi from the image\n`);
});

test('one that takes too long is ended with all that it has started, and what it had printed is there', async (t) => {
  const { run } = running(await startAgent(t));
  const seconds = ownSeconds();
  const told = await run(`echo so far; setsid sleep ${seconds} & exec sleep ${seconds}`, { timeout: 5000 });
  assert.deepEqual([told.success, told.exitCode, told.stdout], [false, 124, 'so far\n']);
  assert.match(told.error!, /time-out/);
  await until(() => withWord(seconds) === 0, 'nothing of it is left');
});

test('one that a signal ends is told as shells tell it', async (t) => {
  const { run } = running(await startAgent(t));
  const told = await run('kill -TERM $$');
  assert.deepEqual([told.success, told.exitCode], [false, 143]);
  assert.match(told.error!, /terminated/);
});

test('when the caller goes, the command ends with all that it has started', async (t) => {
  const { run } = running(await startAgent(t));
  const seconds = ownSeconds();
  const gone = new AbortController();
  const call = run(`setsid sleep ${seconds} & exec sleep ${seconds}`, {}, { signal: gone.signal });
  const refused = assert.rejects(call, { name: 'AbortError' });
  await until(() => withWord(seconds) >= 2, 'both of its processes run');
  gone.abort();
  await refused;
  await until(() => withWord(seconds) === 0, 'nothing of it is left');
});

test('of a long output the beginning and the end are told, and all of it is in a file', async (t) => {
  const agent = await startWithTemporary(t);
  const { run } = running(agent);
  const told = await run('seq 1 100000; echo oh >&2');
  const { path, size, truncated } = told.outputFiles!.stdout!;
  assert.ok(told.stdout.length < 31_000 && told.output.length < 31_000);
  assert.match(told.stdout, /^1\n2\n.*\[… \d+ bytes left out …\].*\n99999\n100000\n$/s);
  assert.deepEqual([told.stderr, told.outputFiles!.stderr], ['oh\n', undefined]);
  const all = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('');
  assert.equal(readFileSync(path, 'utf8'), all);
  assert.deepEqual([size, truncated], [all.length, false]);
  assert.ok(told.notice!.includes(path));
});

test('of an output that is longer than what is kept, the file has the newest part, and says so', async (t) => {
  const agent = await startWithTemporary(t, { CUBBY_RING_BYTES: String(256 * 1024) });
  const told = await running(agent).run('seq 1 200000');
  const { path, size, truncated } = told.outputFiles!.stdout!;
  assert.ok(told.stdout.endsWith('\n200000\n'));
  assert.ok(truncated && size <= 256 * 1024 && readFileSync(path, 'utf8').endsWith('\n200000\n'));
});

test('only the newest of those files are kept', async (t) => {
  const agent = await startWithTemporary(t);
  const { run } = running(agent);
  const paths: string[] = [];
  for (let round = 0; round < 18; round += 1) {
    const { outputFiles } = await run('seq 1 10000');
    paths.push(outputFiles!.stdout!.path);
  }
  assert.deepEqual([existsSync(paths[0]!), existsSync(paths.at(-1)!)], [false, true]);
  assert.ok(readdirSync(join(paths[0]!, '..')).length <= 16);
});

test('in the background it is answered at once, and runs on', async (t) => {
  const agent = await startAgent(t);
  const { start, kill } = running(agent);
  const seconds = ownSeconds();
  const id = await start(`exec sleep ${seconds}`);
  await until(() => withWord(seconds) >= 1, 'it runs');
  assert.deepEqual(await kill(id), { success: true });
});

test('what can not be run is told with the field that is wrong', async (t) => {
  const agent = await startAgent(t);
  const wrong: [parameters: object, code: string, field: string][] = [
    [{}, 'INVALID_REQUEST_BODY', 'command'],
    [{ command: '' }, 'INVALID_REQUEST_BODY', 'command'],
    [{ command: 'a\0b' }, 'INVALID_REQUEST_BODY', 'command'],
    [{ command: 'true', timeout: -1 }, 'INVALID_REQUEST_BODY', 'timeout'],
    [{ command: 'true', timeout: 1e300 }, 'INVALID_REQUEST_BODY', 'timeout'],
    [{ command: 'true', cwd: '/nowhere' }, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd'],
    [{ command: 'true', cwd: '$NOT_SET' }, 'INVALID_PARAMETER', 'cwd'],
    [{ command: 'true', env: { 'A=B': 'x' } }, 'INVALID_REQUEST_BODY', 'env.A=B'],
  ];
  for (const [parameters, code, field] of wrong) {
    const refused = await refusal(agent, 'runCommand', parameters);
    assert.deepEqual([refused.code, refused.field], [code, field], JSON.stringify(parameters));
  }
});
