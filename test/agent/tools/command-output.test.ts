import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listen, startAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { refusal, running } from './running.ts';

/** Longer than any test. */
const long = 60_000;

test('each call tells only what is new, and the last one how it ended', async (t) => {
  const agent = await startAgent(t);
  const { start, output } = running(agent);
  const cwd = agent.dir;
  const step = (name: string) => writeFileSync(join(cwd, name), '');
  const id = await start(
    'echo one; until [ -e a ]; do sleep 0.02; done; echo two >&2; until [ -e b ]; do sleep 0.02; done; echo three; exit 4',
    { cwd },
  );
  const first = await output(id, { timeout: long });
  assert.deepEqual([first.newOutput, first.output, first.stdout, first.running], ['one\n', 'one\n', 'one\n', true]);
  assert.equal(first.exitCode, undefined);
  const nothing = await output(id);
  assert.deepEqual([nothing.newOutput, nothing.running, nothing.success], ['', true, true]);
  step('a');
  const second = await output(id, { timeout: long });
  assert.deepEqual([second.newOutput, second.stdout, second.stderr], ['two\n', '', 'two\n']);
  step('b');
  let rest = '';
  for (;;) {
    const { newOutput, running, exitCode, success } = await output(id, { timeout: long });
    rest += newOutput;
    if (running) continue;
    assert.deepEqual([rest, exitCode, success], ['three\n', 4, false]);
    break;
  }
  const after = await output(id);
  assert.deepEqual([after.newOutput, after.running, after.exitCode], ['', false, 4]);
  assert.ok(after.durationMs! >= 0);
});

test('waiting ends with the time that was given, and the command goes on', async (t) => {
  const agent = await startAgent(t);
  const { start, output, kill } = running(agent);
  const id = await start('exec sleep 1000');
  const told = await output(id, { timeout: 50 });
  assert.deepEqual([told.newOutput, told.running], ['', true]);
  await kill(id);
});

test('a large output is told piece by piece, with nothing missing and no character broken', async (t) => {
  const agent = await startAgent(t);
  const { start, output } = running(agent);
  const id = await start('seq -f "%g äöü€😀" 1 20000');
  let all = '';
  for (let pieces = 0; ; pieces += 1) {
    const { newOutput, running, notice } = await output(id, { timeout: long });
    assert.ok(Buffer.byteLength(newOutput) <= 30_000);
    all += newOutput;
    if (running || notice) continue;
    assert.ok(pieces > 10);
    break;
  }
  assert.equal(all, Array.from({ length: 20_000 }, (_, index) => `${index + 1} äöü€😀\n`).join(''));
});

test('an agent that takes the place of a killed one tells what its predecessor has not', async (t) => {
  const first = await startAgent(t);
  const { start, output } = running(first);
  const id = await start('echo before; until [ -e go ]; do sleep 0.02; done; echo after', { cwd: first.dir });
  assert.equal((await output(id, { timeout: long })).newOutput, 'before\n');
  await first.app.close();
  const second = await listen(first.config, first.dir);
  t.after(() => second.app.close());
  writeFileSync(join(first.dir, 'go'), '');
  assert.equal((await running(second).output(id, { timeout: long })).newOutput, 'after\n');
});

test('what was given up before anybody asked is told with its number of bytes', async (t) => {
  const agent = await startAgent(t, { CUBBY_RING_BYTES: String(64 * 1024) });
  const { start, output } = running(agent);
  const id = await start('seq 1 100000');
  await agent.over(id);
  let all = '';
  for (let more = true; more; ) {
    const { newOutput, notice } = await output(id);
    all += newOutput;
    more = notice !== undefined;
  }
  const [, missed, rest] = /^\[(\d+) bytes before this were given up[^\n]*\]\n(.*)$/s.exec(all)!;
  assert.equal(Number(missed) + rest!.length, 588_895);
  assert.ok(rest!.endsWith('\n100000\n') && rest!.length > 30_000);
});

test('two who ask at once get each line once', async (t) => {
  const agent = await startAgent(t);
  const { start, output } = running(agent);
  const id = await start('seq 1 30000');
  const lines: string[] = [];
  const read = async () => {
    for (;;) {
      const { newOutput, running, notice } = await output(id, { timeout: long });
      lines.push(...newOutput.split('\n').filter(Boolean));
      if (!running && !notice) return;
    }
  };
  await Promise.all([read(), read(), read()]);
  // A line that was cut between two answers counts in neither.
  const whole = lines.join('').length;
  assert.equal(whole, Array.from({ length: 30_000 }, (_, index) => `${index + 1}`).join('').length);
});

test('who goes before the answer takes nothing along', async (t) => {
  const agent = await startAgent(t);
  const { start, output } = running(agent);
  const id = await start('until [ -e go ]; do sleep 0.02; done; echo here', { cwd: agent.dir });
  const gone = new AbortController();
  const call = agent.post('/tools/getCommandOutput', { commandId: id, timeout: long }, { signal: gone.signal });
  const refused = assert.rejects(call, { name: 'AbortError' });
  gone.abort();
  await refused;
  writeFileSync(join(agent.dir, 'go'), '');
  await agent.over(id);
  // The turn of the one that has gone is over by then, too.
  assert.equal((await output(id, { timeout: long })).newOutput, 'here\n');
});

test('with a filter only lines that match are told, and it waits for one', async (t) => {
  const agent = await startAgent(t);
  const { start, output } = running(agent);
  const id = await start(
    'echo "GET /a"; echo "error: one" >&2; echo quiet; until [ -e go ]; do sleep 0.02; done; echo "no news"; printf "error: "; printf "two"',
    { cwd: agent.dir },
  );
  const first = await output(id, { filter: '^error', timeout: long });
  assert.deepEqual([first.newOutput, first.stdout, first.stderr], ['error: one\n', '', 'error: one\n']);
  const call = output(id, { filter: 'error: t?wo$', timeout: long });
  writeFileSync(join(agent.dir, 'go'), '');
  assert.equal((await call).newOutput, 'error: two');
  await agent.over(id);
  assert.deepEqual([(await output(id)).newOutput, (await output(id, { filter: 'x' })).running], ['', false]);
});

test('matching lines of a large output come piece by piece', async (t) => {
  const agent = await startAgent(t);
  const { start, output } = running(agent);
  const id = await start('seq 1 200000');
  await agent.over(id);
  let all = '';
  for (let more = true; more; ) {
    const { newOutput, notice } = await output(id, { filter: '7$' });
    assert.ok(newOutput.length <= 30_000);
    all += newOutput;
    more = notice !== undefined;
  }
  assert.equal(all, Array.from({ length: 20_000 }, (_, index) => `${index}7\n`.replace(/^0(?=7)/, '')).join(''));
});

test('a filter that is none, or that would take for ever, is refused, and nothing counts as told', async (t) => {
  const agent = await startAgent(t);
  const { start, output } = running(agent);
  const id = await start(`echo ${'a'.repeat(40)}!`);
  await agent.over(id);
  for (const filter of ['(', '^(a+)+$']) {
    const refused = await refusal(agent, 'getCommandOutput', { commandId: id, filter });
    assert.deepEqual([refused.code, refused.field], ['INVALID_REQUEST_BODY', 'filter'], refused.message);
  }
  assert.equal((await output(id)).newOutput, `${'a'.repeat(40)}!\n`);
});

test('of a command that nobody knows there is no output, and nothing to end', async (t) => {
  const agent = await startAgent(t);
  const { kill, start } = running(agent);
  assert.equal((await refusal(agent, 'getCommandOutput', { commandId: 'nobody' })).code, 'COMMAND_NOT_FOUND');
  const unknown = await kill('nobody');
  assert.equal(unknown.success, false);
  assert.match(unknown.error!, /no command nobody/);
  const id = await start('true');
  await agent.over(id);
  await until(async () => !(await kill(id)).success, 'it can not be ended again');
  assert.match((await kill(id)).error!, /has ended/);
});

test('a command that is ended ends with all that it has started, and says so when it is asked', async (t) => {
  const agent = await startAgent(t);
  const { start, output, kill } = running(agent);
  const id = await start('trap "" TERM; echo up; sleep 1000 & wait');
  assert.equal((await output(id, { timeout: long })).newOutput, 'up\n');
  assert.deepEqual(await kill(id), { success: true });
  const told = await output(id);
  assert.deepEqual([told.running, told.success, told.exitCode], [false, false, 137]);
  assert.match(told.error!, /on request/);
});
