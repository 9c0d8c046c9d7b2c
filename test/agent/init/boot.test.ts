import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { before, test } from 'node:test';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { buildInit } from './binary.ts';
import { Booted } from './booted.ts';

const root = process.getuid!() === 0;
const self = `${process.getuid!()} ${process.getgid!()} -`;
const asRoot = { skip: root ? false : 'only root can become somebody else' };

let init = '';
before(() => {
  init = buildInit();
});

test('the agent has a clean environment, its own session, no input and no descriptor of somebody else', async (t) => {
  const booted = Booted.start(t, init, ['true'], {
    args: ['--setting', 'ONE=1', '--setting', 'TWO=a=b c'],
    env: {
      LD_PRELOAD: '/no/such.so',
      NODE_OPTIONS: '--no-such',
      IMAGE: 'x',
      CUBBY_TOKEN: 'secret',
      PATH: '/image/bin',
    },
    cwd: '/usr',
  });
  const { facts } = await booted.agent();
  const { TEST_SOCKET, ...env } = facts.env;
  assert.deepEqual(env, {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    OPENSSL_CONF: '/dev/null',
    CUBBY_TOKEN: 'secret',
    ONE: '1',
    TWO: 'a=b c',
  });
  assert.equal(facts.cwd, realpathSync('/usr'));
  assert.equal(facts.open[0], '/dev/null');
  assert.ok(!facts.open.some((target) => target.endsWith('booted.ts')));
  assert.equal(stat(facts.pid)[3], String(facts.pid));
});

test('the entrypoint waits for go, once, and runs as it was told with the environment of the image', async (t) => {
  const script =
    'ls -l /proc/$$/fd; echo "$HOME|$IMAGE|$CUBBY_TOKEN|$(id -u) $(id -g) $(id -G)"; read line; echo $line; exit 9';
  const booted = Booted.start(t, init, ['sh', '-c', script], {
    env: { IMAGE: 'x', CUBBY_TOKEN: 'secret', HOME: '/image' },
  });
  const agent = await booted.agent();
  assert.equal(await agent.ask('status'), 'waiting');
  assert.equal(booted.stdout, '');
  const who = root ? '61000 61001 61001,61002' : self;
  const started = await agent.ask(`go ${who} /home/of one`);
  assert.match(started, /^started \d+$/);
  assert.equal(await agent.ask('status'), started);
  assert.equal(await agent.ask(`go 0 0 - /other`), started);
  const pid = Number(started.split(' ')[1]);
  assert.equal(stat(pid)[3], String(pid));
  booted.child.stdin!.write('words\n');
  assert.equal(await booted.ended(), 9);
  const ids = root ? '61000 61001 61001 61002' : '.*';
  assert.match(booted.stdout, new RegExp(`\n/home/of one\\|x\\|\\|${ids}\nwords\n$`));
  assert.deepEqual(
    [...booted.stdout.matchAll(/ (\d+) -> /g)].map(([, fd]) => fd),
    ['0', '1', '2'],
  );
});

test('with --keep-home the entrypoint has the home of the image', async (t) => {
  const booted = Booted.start(t, init, ['sh', '-c', 'echo $HOME'], { args: ['--keep-home'], env: { HOME: '/image' } });
  (await booted.agent()).say(`go ${self} /home/user\n`);
  assert.equal(await booted.ended(), 0);
  assert.equal(booted.stdout, '/image\n');
});

test('with --no-capabilities the entrypoint has none, not even as root', asRoot, async (t) => {
  const args = ['--no-capabilities'];
  const booted = Booted.start(t, init, ['grep', '^Cap', '/proc/self/status'], { args });
  (await booted.agent()).say('go 0 0 - /root\n');
  assert.equal(await booted.ended(), 0);
  assert.match(booted.stdout, /^(Cap\w+:\t0{16}\n){5}$/);
});

test('an agent that is killed comes back at once, and the entrypoint does not notice', async (t) => {
  const booted = Booted.start(t, init, ['sh', '-c', 'read line; echo $line; exit 3']);
  const first = await booted.agent();
  const started = await first.ask(`go ${self} /root`);
  const born = await first.ask('born');
  assert.match(born, /^[0-9a-f]{32}$/);
  // A life of a second earns a return without delay.
  await until(() => uptime() - bornAt(first.facts.pid) > 1.1, 'it has lived');
  // Half a line of a dead agent must not become part of what the next one says.
  first.say('go 0 0');
  process.kill(first.facts.pid, 'SIGKILL');
  await until(() => !existsSync(`/proc/${first.facts.pid}`), 'init has seen its end');
  const seen = uptime();
  const second = await booted.agent(2);
  // Not half a second after its end, as one that can't live; how long the new one takes to say a word is its own business.
  assert.ok(bornAt(second.facts.pid) - seen < 0.45, `${bornAt(second.facts.pid) - seen} s`);
  assert.equal(await second.ask('status'), started);
  assert.equal(await second.ask('born'), born);
  const other = await Booted.start(t, init, ['true']).agent();
  assert.notEqual(await other.ask('born'), born);
  booted.child.stdin!.write('still here\n');
  assert.equal(await booted.ended(), 3);
  assert.equal(booted.stdout, 'still here\n');
});

test('an agent that can not live is started again twice a second, not more', async (t) => {
  const booted = Booted.start(t, init, ['true']);
  const births: number[] = [];
  for (let life = 1; life <= 4; life += 1) {
    const agent = await booted.agent(life);
    births.push(bornAt(agent.facts.pid));
    process.kill(agent.facts.pid, 'SIGKILL');
  }
  for (const [i, birth] of births.slice(1).entries()) assert.ok(birth - births[i]! > 0.45, `${birth - births[i]!} s`);
  await until(() => /agent: ended with signal 9, starting it again/.test(booted.stderr), 'it is told');
});

test('lines that make no sense are answered and change nothing', async (t) => {
  const booted = Booted.start(t, init, ['echo', 'ran']);
  const agent = await booted.agent();
  const bad = [
    '',
    'GO',
    'go',
    'go 1',
    'go 1 1 -',
    'go 1 1 - ',
    'go -1 1 - /',
    'go 1 4294967295 - /',
    'go 1 1 a /',
    'go 1 1 1, /',
    ' status',
  ];
  for (const line of bad) assert.match(await agent.ask(line), /^invalid /, line);
  // Longer than any line may be, and with a NUL inside: passed over without an answer.
  agent.say(`go 0 0 - /${'x'.repeat(100_000)}\nstatus\0\n`);
  assert.equal(await agent.ask('status'), 'waiting');
  agent.say('sta');
  assert.equal(await agent.ask('tus'), 'waiting');
});

for (const [name, program, code, error] of [
  ['does not exist', '/no/such/program', 127, 'No such file or directory'],
  ['may not be executed', '/etc/passwd', 126, 'Permission denied'],
] as const) {
  test(`an entrypoint that ${name} is told to the agent and ends init with ${code}`, async (t) => {
    const booted = Booted.start(t, init, [program]);
    const agent = await booted.agent();
    agent.say(`go ${self} /root\n`);
    assert.equal(await booted.ended(), code);
    assert.match(booted.stderr, new RegExp(`${program}: exec: ${error}`));
  });
}

for (const [script, code] of [
  ['exit 0', 0],
  ['exit 42', 42],
  ['kill -9 $$', 137],
  ['kill -15 $$', 143],
] as const) {
  test(`init ends with ${code} after "${script}"`, async (t) => {
    const booted = Booted.start(t, init, ['sh', '-c', script]);
    (await booted.agent()).say(`go ${self} /root\n`);
    assert.equal(await booted.ended(), code);
  });
}

test('orphans are reaped', async (t) => {
  const booted = Booted.start(t, init, ['sh', '-c', 'for i in $(seq 50); do (setsid true &) ; done; echo up; read _']);
  await (await booted.agent()).ask(`go ${self} /root`);
  await until(() => booted.stdout === 'up\n', 'all were started');
  await until(() => children(booted.child.pid!) === 2, 'only agent and entrypoint are left');
});

test('as PID 1 it does the same, and nothing survives it', asRoot, async (t) => {
  const script = 'echo $PPID; (setsid sh -c "echo orphan; exec sleep 1000" &); read _; exit 11';
  const booted = Booted.start(t, init, ['sh', '-c', script], { alone: true });
  const agent = await booted.agent();
  assert.match(await agent.ask('go 61000 61000 - /'), /^started \d+$/);
  await until(() => booted.stdout.includes('orphan'), 'the orphan is there');
  const orphan = () => descendants(booted.child.pid!).find(({ command }) => command === 'sleep 1000')?.pid;
  await until(() => orphan() !== undefined, 'it sleeps');
  const pid = orphan();
  assert.match(booted.stdout, /^1\n/);
  booted.child.stdin!.write('\n');
  assert.equal(await booted.ended(), 11);
  assert.equal(existsSync(`/proc/${pid}`), false);
});

const mistakes: [string[], RegExp][] = [
  [[], /--pack is missing/],
  [['--pack', '/x'], /expected -- and an entrypoint/],
  [['--pack', '/x', '--'], /expected -- and an entrypoint/],
  [['--pack', '/x', '--setting', 'A', '--', 'true'], /--setting: expected KEY=VALUE/],
  [['--pack', '/x', '--setting', '=A', '--', 'true'], /--setting: expected KEY=VALUE/],
  [['--what', '--', 'true'], /--what: unknown option/],
];
for (const [args, message] of mistakes) {
  test(`init boot ${args.join(' ')} is refused`, () => {
    const { status, stderr } = spawnSync(init, ['boot', ...args], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, message);
  });
}

/** Fields of /proc/PID/stat from the state on. */
function stat(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
}

/** Seconds since the machine started. */
function uptime(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

/** The same when a process did. */
function bornAt(pid: number): number {
  return Number(stat(pid)[19]) / 100;
}

function children(pid: number): number {
  return Number(spawnSync('pgrep', ['-c', '-P', String(pid)], { encoding: 'utf8' }).stdout);
}
