import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { buildInit } from './binary.ts';
import { Runner } from './runner.ts';

const root = process.getuid!() === 0;
const terminal = ['--terminal', '80x24'];

let init = '';
before(() => {
  init = buildInit();
});

test('a command of a terminal has it for all three streams, as its controlling one, in its own session', async (t) => {
  const script =
    'tty; test -t 0 && test -t 1 && test -t 2 && stty size; ps -o pid=,sid=,pgid=,tpgid= -p $$; echo err >&2';
  const runner = await Runner.start(t, init, ['sh', '-c', script], { args: terminal });
  const { code } = await runner.status();
  const { stdout, stderr } = runner.output();
  const [name, size, ids, last] = stdout.split('\r\n');
  assert.deepEqual([code, size, last, stderr], [0, '24 80', 'err', '']);
  assert.match(name!, /^\/dev\/pts\/\d+$/);
  assert.deepEqual(ids!.trim().split(/ +/).map(Number), Array(4).fill(runner.pid));
  await runner.gone();
});

test('what is typed is echoed and read, and erasing takes away a whole character', async (t) => {
  const runner = await Runner.start(t, init, ['sh', '-c', 'read line; echo "got $line"'], { args: terminal });
  runner.type('aé\x7fb\n');
  await runner.status();
  const { stdout } = runner.output();
  assert.match(stdout, /got ab\r\n$/);
  assert.ok(stdout.startsWith('aé'));
});

test('another size is told to the program in the foreground', async (t) => {
  const script = `trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.02; done`;
  const runner = await Runner.start(t, init, ['bash', '-c', script], { args: terminal });
  await runner.says('ready');
  for (const nonsense of ['resize', 'resize 1', 'resize x 4', 'resize 99999 3', 'resize 1 2 3']) runner.tell(nonsense);
  runner.tell('resize 132 43');
  assert.equal((await runner.status()).code, 0);
  assert.match(runner.output().stdout, /^ready\r\n43 132\r\n$/);
});

test('the interrupt key and `signal` reach the program in the foreground and not the shell', async (t) => {
  const runner = await Runner.start(t, init, ['bash', '--norc', '--noprofile'], { args: terminal });
  for (const [round, interrupt] of [() => runner.type('\x03'), () => runner.tell('signal 2')].entries()) {
    runner.type(`sleep 1000; echo after=$?\n`);
    await until(() => foregroundName(runner) === 'sleep', 'sleep is in the foreground');
    interrupt();
    await runner.says('^C'.repeat(round === 0 ? 1 : 0));
    await until(() => foreground(runner) === runner.pid, 'the shell is in the foreground again');
    runner.type(`echo round$((${round} + 100))\n`);
    await runner.says(`round${round + 100}`);
  }
  runner.type('exit 7\n');
  assert.equal((await runner.status()).code, 7);
});

test('job control works: stop, background, foreground', async (t) => {
  const runner = await Runner.start(t, init, ['bash', '--norc', '--noprofile'], { args: terminal });
  runner.type('sleep 1000\n');
  await until(() => foregroundName(runner) === 'sleep', 'sleep is in the foreground');
  const job = foreground(runner);
  runner.type('\x1a');
  await runner.says('Stopped');
  runner.type('jobs -l; fg\n');
  await until(() => foreground(runner) === job, 'the job is in the foreground again');
  runner.type('\x03');
  await until(() => foreground(runner) === runner.pid, 'the job is gone');
  runner.type('exit\n');
  assert.equal((await runner.status()).reason, 'exited');
});

test('kill hangs up: an interactive shell, which ignores SIGTERM, ends at once, and jobs with it', async (t) => {
  const runner = await Runner.start(t, init, ['bash', '--norc', '--noprofile'], {
    args: [...terminal, '--grace', '600000'],
  });
  runner.type('sleep 1000 & setsid sleep 1000 &\n');
  const sleeping = () => descendants(runner.child.pid!).filter(({ command }) => command === 'sleep 1000');
  await until(() => sleeping().length === 2, 'both jobs run');
  runner.tell('kill');
  const status = await runner.status();
  assert.deepEqual([status.reason, status.signal], ['killed', 1]);
  await runner.gone();
});

test('kill asks by SIGHUP, by SIGTERM after half the grace, and then asks no longer', async (t) => {
  const script = (mercy: string) =>
    `trap 'echo hup' HUP; trap 'echo term; ${mercy}' TERM; echo ready; while :; do sleep 0.02; done`;
  const check = async (mercy: string, ends: number) => {
    // Time to do what it is asked to, on a machine that has much else to do.
    const args = [...terminal, '--grace', '8000'];
    const runner = await Runner.start(t, init, ['bash', '-c', script(mercy)], { args });
    await runner.says('ready');
    runner.tell('kill');
    const { reason, signal } = await runner.status();
    assert.deepEqual([reason, signal], ['killed', ends]);
    assert.match(runner.output().stdout, /hup\r\n.*term\r\n/s);
  };
  await Promise.all([check('exit 3', 0), check('', 9)]);
});

test('what was put out before the end is whole, however much and however fast', async (t) => {
  for (let round = 0; round < 30; round += 1) {
    const runner = await Runner.start(t, init, ['sh', '-c', 'printf %50000s x; echo end'], { args: terminal });
    const { position } = await runner.status();
    assert.deepEqual([position, runner.output().stdout.slice(-6)], [50_005, 'xend\r\n']);
  }
});

test('a program that lets go of its terminal for a while finds it again', async (t) => {
  const script = 'exec <&- >&- 2>&-; sleep 0.2; exec </dev/tty >/dev/tty; echo back';
  const runner = await Runner.start(t, init, ['sh', '-c', script], { args: terminal });
  assert.equal((await runner.status()).code, 0);
  assert.equal(runner.output().stdout, 'back\r\n');
});

test('what stays behind when the shell ends lives on, without the terminal, until it is killed', async (t) => {
  const runner = await Runner.start(t, init, ['bash', '-c', 'trap "" HUP; sleep 1000 & exit 5'], { args: terminal });
  assert.equal((await runner.status()).code, 5);
  assert.equal(runner.type('x'), undefined);
  assert.equal(runner.tell(''), true);
  runner.tell('kill now');
  await runner.gone();
});

test('the terminal belongs to the user, who can open it by name', { skip: !root }, async (t) => {
  const args = [...terminal, '--uid', '61000', '--gid', '61001', '--no-capabilities'];
  const runner = await Runner.start(t, init, ['sh', '-c', 'stat -c %u "$(tty)"; echo named >"$(tty)"'], { args });
  assert.equal((await runner.status()).code, 0);
  assert.equal(runner.output().stdout, '61000\r\nnamed\r\n');
});

for (const instead of ['/dev/null', '/dev/zero']) {
  test(`where /dev/ptmx is ${instead} a terminal is made all the same`, { skip: !root }, async (t) => {
    const before = ['-m', 'sh', '-c', `mount --bind ${instead} /dev/ptmx && exec "$0" "$@"`, init];
    const runner = await Runner.start(t, 'unshare', ['tty'], { args: terminal, before });
    assert.equal((await runner.status()).code, 0);
  });
}

test('who has to wait for a full ring uses no processor', async (t) => {
  const args = [...terminal, '--ring', '65536', '--hold'];
  const runner = await Runner.start(t, init, ['sh', '-c', 'stty raw; echo ready; exec cat'], { args });
  await runner.says('ready');
  const typed = Buffer.alloc(400_000, 'x');
  let done = 0;
  await until(() => {
    const more = runner.type(typed.subarray(done))!;
    done += more;
    // Each piece that cat writes has a header in the ring: of many small ones less fits in.
    return more === 0 && runner.output().stdout.length > 20_000;
  }, 'nothing more can be typed');
  assert.ok(done < typed.length);
  await runner.rests();
});

/** The process group that its keys reach. */
function foreground(runner: Runner): number {
  return Number(stat(runner.pid)[5]);
}

/** Name of that group's first program: before it is `sleep` it is a shell still, which takes no notice of signals. Empty where it has gone. */
function foregroundName(runner: Runner): string {
  try {
    return readFileSync(`/proc/${foreground(runner)}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Fields of /proc/<pid>/stat from its state on. */
function stat(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
}
