import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { buildInit, buildProgram } from './binary.ts';
import { Gate } from './gate.ts';
import { OutputReader } from './output-reader.ts';
import { Runner } from './runner.ts';

let init = '';
before(() => {
  init = buildInit();
});

/** A shell that runs what is typed. */
async function startShell(t: TestContext, ...args: string[]): Promise<{ runner: Runner; reader: OutputReader }> {
  const runner = await Runner.start(t, init, ['bash', '--norc'], { args: ['--input', ...args] });
  const reader = new OutputReader(runner.dir);
  t.after(() => reader.close());
  return { runner, reader };
}

/** Orders a mark and waits for it. */
async function mark(runner: Runner, reader: OutputReader, number: number): Promise<number> {
  runner.tell(`mark ${number}`);
  await until(() => reader.marks().mark === number, 'the mark is set');
  return reader.marks().markedAt;
}

/** Signals newcomers and says how many there are. */
async function signalNew(runner: Runner, reader: OutputReader, signal: number): Promise<number> {
  const { counts } = reader.marks();
  runner.tell(`signal new ${signal}`);
  await until(() => reader.marks().counts === counts + 1, 'the order is obeyed');
  return reader.marks().left;
}

test('a mark lies behind everything that was written before it was ordered, on both streams', async (t) => {
  const { runner, reader } = await startShell(t);
  let written = 0;
  for (let number = 1; number <= 20; number += 1) {
    const gate = new Gate(t);
    const bytes = 100 + number * 1000;
    // The gate is opened when all is in the pipes or behind them.
    runner.type(`head -c ${bytes} /dev/zero; head -c ${bytes} /dev/zero >&2; read _ <${gate.fifo}\n`);
    gate.open();
    written += 2 * bytes;
    assert.equal(await mark(runner, reader, number), written);
  }
});

test('what is written behind a mark, all the time and by another, does not hold it up', async (t) => {
  const { runner, reader } = await startShell(t);
  runner.type('yes &\n');
  await until(() => reader.header().stdout > 1_000_000, 'it writes');
  let last = 0;
  for (let number = 1; number <= 20; number += 1) {
    const at = await mark(runner, reader, number);
    assert.ok(at >= last);
    last = at;
  }
});

test('a mark waits for the holder, as the end of a command does', async (t) => {
  const { runner, reader } = await startShell(t, '--hold', '--ring', '65536');
  const gate = new Gate(t);
  runner.type(`head -c 100000 /dev/zero; read _ <${gate.fifo}\n`);
  gate.open();
  runner.tell('mark 1');
  // It is obeyed, for the next order is.
  await signalNew(runner, reader, 0);
  assert.equal(reader.marks().mark, 0);
  reader.hold(undefined);
  runner.tell('hold');
  await until(() => reader.marks().mark === 1, 'the mark is set');
  assert.equal(reader.marks().markedAt, 100_000);
});

test('a mark that the end overtakes is set all the same', async (t) => {
  const { runner, reader } = await startShell(t);
  runner.type('setsid sleep 1000 & echo text; exit 3\n');
  assert.equal((await runner.status()).code, 3);
  assert.equal(await mark(runner, reader, 7), 5);
});

test('newcomers are those that came since the mark and nobody of before has started', async (t) => {
  const { runner, reader } = await startShell(t);
  const gate = new Gate(t);
  const start = async (word: string) => {
    runner.type(`echo ${word}\n`);
    await runner.says(word);
  };
  runner.type(`(read _ <${gate.fifo}; sleep 1001 & wait) & sleep 1002 &\n`);
  await start('first');
  await mark(runner, reader, 1);
  gate.open();
  runner.type('sleep 1003 & (setsid sh -c "sleep 1004; :" &)\n');
  await start('second');
  const sleeps = () =>
    descendants(runner.child.pid!)
      .map(({ command }) => /^sleep (\d+)$/.exec(command)?.[1])
      .filter((number) => number !== undefined)
      .sort();
  await until(() => sleeps().length === 4, 'all of them sleep');
  assert.equal(await signalNew(runner, reader, 0), 3, 'two sleep, and a shell waits for one of them');
  assert.equal(await signalNew(runner, reader, 9), 3);
  await until(async () => (await signalNew(runner, reader, 9)) === 0, 'no newcomer is left');
  assert.deepEqual(sleeps(), ['1001', '1002']);
  runner.type('echo the shell is there\n');
  await runner.says('the shell is there');
});

for (const [what, kinds, count] of [
  [
    'hide in every way, and fork and exit for ever',
    'session orphan deaf secret headless stopped hopper hopper hopper',
    8,
  ],
  ['are a fork bomb at its limit', 'bomb bomb', 150],
] as const) {
  test(`newcomers that ${what} are ended, and what was there before is not`, {
    skip: process.getuid!() === 0 ? false : 'needs a user of its own',
  }, async (t) => {
    const nasty = buildProgram('nasty.c');
    const limited = ['prlimit', '--nproc=200', 'bash', '--norc'];
    const runner = await Runner.start(t, init, limited, { args: ['--input', '--uid', '61235', '--gid', '61235'] });
    const reader = new OutputReader(runner.dir);
    t.after(() => reader.close());
    const left = () => descendants(runner.child.pid!).length;
    runner.type('sleep 990 & echo old\n');
    await runner.says('old');
    await mark(runner, reader, 1);
    runner.type(`${nasty} ${kinds} &\n`);
    await until(() => left() >= count, 'they are there');
    await until(async () => (await signalNew(runner, reader, 9)) === 0, 'no newcomer is left', 30_000);
    const names = descendants(runner.child.pid!).map(({ command }) => command);
    assert.deepEqual(names.filter(Boolean).sort(), ['bash --norc', 'sleep 990']);
  });
}

test('5 times out of 5 none is left of newcomers that fork and exit for ever when it is said that none is', async (t) => {
  const nasty = buildProgram('nasty.c');
  for (let round = 1; round <= 5; round += 1) {
    const { runner, reader } = await startShell(t);
    const hops = () => descendants(runner.child.pid!).filter(({ command }) => command.endsWith(' hop')).length;
    runner.type('sleep 990 & echo old\n');
    await runner.says('old');
    await mark(runner, reader, 1);
    runner.type(`${nasty} hopper hopper hopper &\n`);
    await runner.says('ready');
    await until(() => hops() > 0, 'they hop');
    await until(async () => (await signalNew(runner, reader, 9)) === 0, 'no newcomer is left');
    assert.equal(hops(), 0, `round ${round}`);
    runner.tell('kill now');
    await runner.gone();
  }
});

test('a signal for the first process alone reaches nobody else', async (t) => {
  const { runner } = await startShell(t);
  runner.type('sleep 1000 & exec sleep 1001\n');
  const commands = () =>
    descendants(runner.child.pid!)
      .map(({ command }) => command)
      .sort();
  await until(() => commands().join() === 'sleep 1000,sleep 1001', 'both have become sleep');
  runner.tell('signal first 15');
  assert.equal((await runner.status()).signal, 15);
  assert.deepEqual(commands(), ['sleep 1000']);
});
