import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { buildInit } from './binary.ts';
import { Gate } from './gate.ts';
import { OutputReader } from './output-reader.ts';
import { Runner } from './runner.ts';

const mib = 1024 * 1024;
const root = process.getuid!() === 0;

let init = '';
before(() => {
  init = buildInit();
});

/** A tmpfs of so many KiB for one test. */
function smallSpool(t: TestContext, kib: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'cubby-test', dir]);
  t.after(() => {
    // Lazily: what the test started there ends after this.
    execFileSync('umount', ['--lazy', dir]);
    rmdirSync(dir);
  });
  return dir;
}

const mounting = { skip: root ? false : 'only root can mount a file system to fill' };

test('a full file system kills neither runner nor command: the ring stays as large as it is', mounting, async (t) => {
  const spool = smallSpool(t, 300);
  const gate = new Gate(t);
  const script = 'seq 1 300000; echo full; read _ <"$0"; seq 1 300000 >&2; exit 3';
  const runner = await Runner.start(t, init, ['sh', '-c', script, gate.fifo], { spool, args: ['--ring', String(mib)] });
  await runner.says('full');
  assert.throws(() => writeFileSync(join(spool, 'filler'), Buffer.alloc(mib)), { code: 'ENOSPC' });
  gate.open();
  const { position, reason, code } = await runner.status();
  assert.deepEqual([reason, code, position], ['exited', 3, 2 * 1_988_895 + 5]);
  const reader = new OutputReader(runner.dir);
  t.after(() => reader.close());
  assert.equal(reader.header().capacity, 262_144);
  const kept = Buffer.concat(
    reader
      .all()
      .filter(({ stream }) => stream === 2)
      .map(({ payload }) => payload),
  );
  assert.ok(
    execFileSync('seq', ['1', '300000'], { maxBuffer: 4 * mib })
      .subarray(-kept.length)
      .equals(kept),
  );
});

test('without room for the smallest ring nothing is started, and the message names the spool', mounting, async (t) => {
  const spool = smallSpool(t, 64);
  await assert.rejects(
    Runner.start(t, init, ['touch', join(spool, 'ran')], { spool }),
    new RegExp(`${spool}/cubby-run-\\w+/ring: No space left on device`),
  );
  assert.equal(existsSync(join(spool, 'ran')), false);
});
