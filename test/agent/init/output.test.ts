import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { until } from '../../support/until.ts';
import { buildInit } from './binary.ts';
import { Gate } from './gate.ts';
import { OutputReader, type Record } from './output-reader.ts';
import { Runner } from './runner.ts';

const mib = 1024 * 1024;

let init = '';
before(() => {
  init = buildInit();
});

/** Fails unless records follow each other without a gap, from `position` on. Returns where the last one ends. */
function assertGapless(records: Record[], position: number): number {
  const own = new Map<number, number>();
  for (const record of records) {
    assert.equal(record.position, position);
    assert.equal(record.own, own.get(record.stream) ?? record.own);
    assert.ok(record.payload.length <= 128 * 1024);
    position += record.payload.length;
    own.set(record.stream, record.own + record.payload.length);
  }
  return position;
}

function text(records: Record[], stream: number): Buffer {
  return Buffer.concat(records.filter((record) => record.stream === stream).map((record) => record.payload));
}

/** State of a process; empty when it is gone. */
function state(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0]!;
  } catch {
    return '';
  }
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

test('50 MiB on two streams come through a 1 MiB ring byte for byte while a reader holds', async (t) => {
  const script = 'seq 1 3700000 & seq 1 3700000 >&2; wait';
  const runner = await Runner.start(t, init, ['sh', '-c', script], { args: ['--ring', String(mib), '--hold'] });
  const reader = new OutputReader(runner.dir);
  t.after(() => reader.close());
  const records: Record[] = [];
  while (!runner.hasEnded || reader.at < reader.header().head) {
    const more = reader.all();
    if (more.length > 0) {
      records.push(...more);
      reader.hold(reader.at);
      runner.tell('hold');
    }
    await setImmediate();
  }
  const { reason, code, position } = await runner.status();
  assert.deepEqual([reason, code, reader.missed], ['exited', 0, 0]);
  const end = assertGapless(records, 0);
  assert.equal(end, position);
  assert.ok(end > 50 * mib, `${end} bytes`);
  const expected = sha256(execFileSync('seq', ['1', '3700000'], { maxBuffer: 64 * mib }));
  assert.deepEqual([sha256(text(records, 1)), sha256(text(records, 2))], [expected, expected]);
  const { stdout, stderr, capacity } = reader.header();
  assert.deepEqual([stdout + stderr, capacity], [end, mib]);
});

test('without a holder nobody waits: the oldest records are given up and what is left is whole', async (t) => {
  const runner = await Runner.start(t, init, ['seq', '1', '3000000'], { args: ['--ring', '200000'] });
  const { position } = await runner.status();
  const expected = execFileSync('seq', ['1', '3000000'], { maxBuffer: 64 * mib });
  assert.equal(position, expected.length);
  const reader = new OutputReader(runner.dir);
  t.after(() => reader.close());
  const { head, tail, capacity } = reader.header();
  assert.equal(capacity, 200_000);
  assert.ok(head - tail <= capacity && head - tail > capacity / 2, `${head - tail} of ${capacity} bytes kept`);
  const records = reader.all();
  assert.equal(reader.missed, tail);
  const kept = text(records, 1);
  assert.equal(assertGapless(records, expected.length - kept.length), expected.length);
  assert.ok(kept.equals(expected.subarray(-kept.length)));
});

test('a reader that keeps pace with a writer nobody holds never sees a torn record', async (t) => {
  const runner = await Runner.start(t, init, ['yes', '0123456789abcde'], { args: ['--ring', '65536'] });
  const reader = new OutputReader(runner.dir);
  t.after(() => reader.close());
  for (let seen = 0; seen < 20_000; ) {
    const record = reader.next();
    if (!record) {
      await setImmediate();
      continue;
    }
    const { payload, position } = record;
    const line = '0123456789abcde\n';
    const start = position % 16;
    const wanted = Buffer.alloc(payload.length, line.slice(start) + line.slice(0, start));
    assert.ok(payload.equals(wanted), `a torn record at ${position}`);
    seen += 1;
  }
});

test('a held command blocks when the ring is full, goes on when the reader moved, and ends when nobody holds', async (t) => {
  const runner = await Runner.start(t, init, ['seq', '1', '2000000'], { args: ['--ring', '65536', '--hold'] });
  const reader = new OutputReader(runner.dir);
  t.after(() => reader.close());
  const full = () => 65536 - (reader.header().head - reader.at) < 4096 + 32;
  await until(full, 'the ring is full');
  const { head } = reader.header();
  await until(() => state(runner.pid) === 'S', 'the command is blocked');
  await runner.rests();
  // Its pipe may have been made wider meanwhile.
  await until(() => state(runner.pid) === 'S', 'the command is blocked for good');
  assert.equal(reader.header().head, head);
  assert.equal(runner.hasEnded, false);
  const before = reader.all();
  reader.hold(reader.at);
  runner.tell('hold');
  await until(full, 'the ring is full again');
  const after = reader.all();
  assertGapless([...before, ...after], 0);
  reader.hold(undefined);
  runner.tell('hold');
  const status = await runner.status();
  assert.deepEqual([status.reason, status.position], ['exited', 14_888_896]);
});

test('the end of a held command waits until its last output found room, and a kill does not', async (t) => {
  const script = 'head -c 60000 /dev/zero; head -c 60000 /dev/zero';
  for (const kill of [false, true]) {
    const runner = await Runner.start(t, init, ['sh', '-c', script], { args: ['--ring', '65536', '--hold'] });
    const reader = new OutputReader(runner.dir);
    t.after(() => reader.close());
    await until(() => state(runner.pid) === '', 'the command is gone');
    assert.equal(runner.hasEnded, false);
    if (kill) runner.tell('kill now');
    else {
      reader.all();
      reader.hold(reader.at);
      runner.tell('hold');
    }
    const { reason, code, position } = await runner.status();
    assert.deepEqual([reason, code], ['exited', 0]);
    if (!kill) assert.equal(position, 120_000);
    // As much as there was room for: full to the last byte.
    else assert.equal(reader.header().head, 65536);
  }
});

test('the time-out reaches a command that its reader holds back, without the reader', async (t) => {
  const args = ['--ring', '65536', '--hold', '--timeout', '300'];
  const runner = await Runner.start(t, init, ['yes'], { args });
  const { reason, position } = await runner.status();
  assert.equal(reason, 'timeout');
  assert.equal(runner.output().stdout.length, position);
});

test('nothing of the last output before the end is lost, however fast the end comes', async (t) => {
  for (let round = 0; round < 30; round += 1) {
    const runner = await Runner.start(t, init, ['sh', '-c', 'printf %1000s out; printf %70000s err >&2; echo end']);
    const { position } = await runner.status();
    assert.equal(position, 71_004);
    const { stdout, stderr } = runner.output();
    assert.deepEqual([stdout.length, stderr.length], [1004, 70_000]);
  }
});

test('the ring starts small, doubles, and stops at its limit', async (t) => {
  const runner = await Runner.start(t, init, ['cat'], { args: ['--ring', '300000'] });
  await runner.status();
  assert.equal(statSync(join(runner.dir, 'ring')).size, 4096 + 65536);
  const large = await Runner.start(t, init, ['head', '-c', '5000000', '/dev/zero'], { args: ['--ring', '300000'] });
  await large.status();
  assert.equal(statSync(join(large.dir, 'ring')).size, 4096 + 300_000);
});

test('a reader that wants to know is woken by the next output, once, and by the end', async (t) => {
  const [first, second] = [new Gate(t), new Gate(t)];
  const script = 'read _ <"$0"; echo a; read _ <"$1"; echo b';
  const runner = await Runner.start(t, init, ['sh', '-c', script, first.fifo, second.fifo]);
  const reader = new OutputReader(runner.dir);
  let rung = 0;
  const watcher = watch(join(runner.dir, 'bell'), () => {
    rung += 1;
  });
  t.after(() => {
    watcher.close();
    reader.close();
  });
  reader.want();
  first.open();
  await until(() => rung === 1, 'the bell rang for the output');
  assert.deepEqual([reader.header().want, runner.output().stdout], [0, 'a\n']);
  second.open();
  await until(() => rung === 2, 'the bell rang for the end');
  assert.deepEqual([runner.hasEnded, runner.output().stdout], [true, 'a\nb\n']);
});
