import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { before, test } from 'node:test';
import { until } from '../../support/until.ts';
import { buildInit } from './binary.ts';
import { Booted } from './booted.ts';

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
