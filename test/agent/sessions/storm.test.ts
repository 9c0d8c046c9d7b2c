import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { collect, readEvents, startAgent } from '../../support/agent.ts';
import { descendants } from '../../support/processes.ts';
import { randomFrom } from '../../support/random.ts';
import { makeSession } from './session-client.ts';

const bodies = [
  'sleep 1000',
  'while :; do :; done',
  'while :; do sleep 0.01; done',
  'y=$(sleep 1000)',
  'sleep 1000 | cat',
  'sleep 1000 & wait',
  '[[ $(sleep 1000) =~ b ]]',
  'while read -r line; do :; done < <(yes)',
  'f() { local z=1; (sleep 1000); f; }; f',
  'for i in 1 2 3; do (sleep 1000); done',
  'eval "while :; do eval :; done"',
  '. <(echo "while :; do :; done")',
  'printf -v y a; declare -A m; while :; do m[$RANDOM]=1; done',
];
const traps = [':', "trap 'caught=1' INT", "trap '' INT", 'trap - INT'];

test('a run that is interrupted at whatever moment does nothing more, and the next finds everything as it was', async (t) => {
  const session = await makeSession(await startAgent(t));
  await session.run('x=kept; f() { :; }; sleep 999 &');
  const random = randomFrom(7);
  const below = (limit: number) => Math.floor(random() * limit);
  // Not to wait for anything: so that it is hit in the middle of whatever it does.
  for (let count = 0; count < 25; count += 1) {
    const command = `${traps[below(traps.length)]}; echo begun; ${bodies[below(bodies.length)]}; echo went on`;
    const response = await session.post(command);
    await delay(below(15));
    assert.equal((await session.interrupt()).status, 200, command);
    const { stdout, exitCode } = collect(await readEvents(response));
    assert.ok(['begun', ''].includes(stdout), `${command}: ${stdout}`);
    assert.equal(exitCode, -1, command);
    assert.equal((await session.run('echo "$x"')).stdout, 'kept', command);
  }
  const { restarts } = await session.state();
  assert.equal(restarts, 0);
  const left = descendants(process.pid).map((found) => found.command);
  assert.deepEqual(
    left.filter((found) => found.startsWith('sleep') || found === 'yes'),
    ['sleep 999'],
  );
});
