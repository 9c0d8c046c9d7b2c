import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { until } from '../../support/until.ts';
import { buildInit } from './binary.ts';
import { Gate } from './gate.ts';
import { Runner } from './runner.ts';

let init = '';
before(() => {
  init = buildInit();
});

/** Types all of it, as fast as it is read. */
async function typeAll(runner: Runner, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const more = runner.type(bytes.subarray(done));
    assert.ok(more !== undefined, 'the command reads no more');
    done += more;
    await setImmediate();
  }
}

test('with --input a command reads what is written to the FIFO, and streams stay apart', async (t) => {
  const runner = await Runner.start(t, init, ['sh', '-c', 'read a; echo "out $a"; read b; echo "err $b" >&2'], {
    args: ['--input'],
  });
  runner.type('one\n');
  await runner.says('out one');
  runner.type('two\n');
  assert.equal((await runner.status()).code, 0);
  assert.deepEqual(runner.output(), { stdout: 'out one\n', stderr: 'err two\n' });
});

for (const [where, args, prepare] of [
  ['a pipe', ['--input'], ''],
  ['a terminal', ['--terminal', '80x24'], 'stty raw -echo;'],
] as const) {
  test(`4 MiB through ${where} to a program that is slow to begin arrive byte for byte`, async (t) => {
    const gate = new Gate(t);
    const bytes = randomBytes(4 * 1024 * 1024);
    const script = `${prepare} echo ready; read _ <"$0"; head -c ${bytes.length} | sha256sum`;
    const runner = await Runner.start(t, init, ['sh', '-c', script, gate.fifo], { args: [...args] });
    await runner.says('ready');
    let done = 0;
    await until(() => {
      const more = runner.type(bytes.subarray(done))!;
      done += more;
      return more === 0;
    }, 'the FIFO is full');
    assert.ok(done >= 65536 && done < 400_000, `${done} bytes wait`);
    gate.open();
    await typeAll(runner, bytes.subarray(done));
    await runner.status();
    assert.ok(runner.output().stdout.includes(createHash('sha256').update(bytes).digest('hex')));
  });
}

test('a command that closes its input is told to who writes', async (t) => {
  const runner = await Runner.start(t, init, ['sh', '-c', 'exec <&-; echo closed; exec sleep 1000'], {
    args: ['--input'],
  });
  await runner.says('closed');
  await until(() => runner.type('x') === undefined, 'the FIFO is closed');
  assert.equal(runner.hasEnded, false);
});

test('without --input there is nothing to read and no FIFO', async (t) => {
  const runner = await Runner.start(t, init, ['cat']);
  assert.equal((await runner.status()).code, 0);
  assert.throws(() => runner.type('x'), /ENOENT/);
});
