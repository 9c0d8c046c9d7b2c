import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { before, test } from 'node:test';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { buildInit } from './binary.ts';
import { Booted } from './booted.ts';

const asRoot = { skip: process.getuid!() === 0 ? false : 'only root can have a namespace of processes' };
const self = `${process.getuid!()} ${process.getgid!()} -`;

let init = '';
before(() => {
  init = buildInit();
});

test('every signal that can be caught is passed on to the entrypoint', async (t) => {
  const names = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'WINCH', 'CONT', 'ALRM', 'PIPE', 'RTMIN', 'TERM'];
  const traps = names.map((name) => `trap 'echo ${name}' ${name};`).join(' ');
  const booted = Booted.start(t, init, [
    'bash',
    '-c',
    `${traps} trap 'exit 5' ABRT; echo up; while :; do sleep 0.01; done`,
  ]);
  await (await booted.agent()).ask(`go ${self} /root`);
  await until(() => booted.stdout === 'up\n', 'the traps are set');
  for (const [i, name] of names.entries()) {
    spawnSync('bash', ['-c', `kill -${name} ${booted.child.pid}`]);
    await until(() => booted.stdout.split('\n').length === i + 3, `${name} has come through`);
  }
  assert.equal(booted.stdout, `up\n${names.join('\n')}\n`);
  booted.child.kill('SIGABRT');
  assert.equal(await booted.ended(), 5);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`before go ${signal} ends init with ${code}, and the agent with it`, async (t) => {
    const booted = Booted.start(t, init, ['true']);
    const { facts } = await booted.agent();
    booted.child.kill('SIGUSR1');
    booted.child.kill(signal);
    assert.equal(await booted.ended(), code);
    assert.equal(existsSync(`/proc/${facts.pid}`), false);
  });
}

/** The number of init by this machine's count, where it is PID 1 of its own. */
async function firstOf(booted: Booted): Promise<number> {
  let pid: number | undefined;
  await until(() => {
    pid = descendants(booted.child.pid!).find(({ command }) => command.includes('boot --pack'))?.pid;
    return pid !== undefined;
  }, 'init is there');
  return pid!;
}

test('what was told to end from outside ends so, whatever its entrypoint makes of it', asRoot, async (t) => {
  const script = `trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done`;
  const booted = Booted.start(t, init, ['bash', '-c', script], { alone: true });
  await (await booted.agent()).ask('go 0 0 - /root');
  await until(() => booted.stdout === 'up\n', 'the trap is set');
  process.kill(await firstOf(booted), 'SIGTERM');
  assert.equal(await booted.ended(), 143);
  assert.doesNotMatch(booted.stderr, /entrypoint/);
});

for (const [title, script, code, word] of [
  ['a signal of its own', 'kill -9 $$', 137, 'signal 9'],
  ['a signal that it got by way of init', 'kill -TERM 1; while :; do sleep 0.01; done', 143, 'signal 15'],
  ['a code like that of a signal', 'exit 255', 255, 'code 255'],
] as const) {
  test(`an entrypoint that ends by ${title} is owned up to`, asRoot, async (t) => {
    const booted = Booted.start(t, init, ['bash', '-c', script], { alone: true });
    // It may have ended before this is answered.
    (await booted.agent()).say('go 0 0 - /root\n');
    assert.equal(await booted.ended(), code);
    assert.match(booted.stderr, new RegExp(`^init: entrypoint: ended by itself with ${word}$`, 'm'));
  });
}
