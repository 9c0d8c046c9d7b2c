import assert from 'node:assert/strict';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

const pause = /^POST \/containers\/\S+\/pause/;
/** What control asks the engine about one container. */
const look = /^GET \/containers\/cubby-\S+\/json/;
const nothing = /^$/;

engineTest(
  'an engine that is late with its word on a stopped sandbox does not end one that was woken meanwhile',
  async (t) => {
    const engine = await stallingEngine(t);
    const control = await controlLives(t).open({ 'docker.socket': engine.socket });
    engine.hold(/^POST \/containers\/\S+\/stop/);
    const { id } = await control.create({ idle: { stopAfterSeconds: 1 } });
    const agent = await control.agent(id);
    await until(() => engine.held === 1, 'it is to be stopped', 60_000);
    engine.release();
    engine.hold(look);
    await until(async () => (await control.get(id)).status.reason === 'idle_stopped', 'it is stopped', 60_000);
    await until(() => engine.held > 0, 'control looks whether it is', 60_000);
    // From here on others get through.
    engine.hold(nothing);
    assert.equal((await agent.run('echo awake')).stdout, 'awake');
    const running = agent.run('sleep 3; echo still here');
    engine.release();
    assert.equal((await running).stdout, 'still here');
    assert.equal((await control.get(id)).status.state, 'Running');
  },
);

engineTest(
  'an engine that freezes a sandbox late, when somebody uses it again, leaves nobody in a frozen one',
  async (t) => {
    const engine = await stallingEngine(t);
    const settings = { 'docker.socket': engine.socket, 'docker.api_timeout_seconds': '5' };
    const control = await controlLives(t).open(settings);
    engine.hold(pause);
    const { id } = await control.create({ idle: { freezeAfterSeconds: 1 } });
    const agent = await control.agent(id);
    await until(() => engine.held === 1, 'it is to be frozen', 60_000);
    const running = agent.run('sleep 3; echo still here');
    await until(async () => (await control.get(id)).status.state === 'Running', 'it is known to run', 60_000);
    // Nobody waits for the engine any more, and it does it all the same.
    engine.release();
    assert.equal((await running).stdout, 'still here');
  },
);

engineTest('a sandbox that the engine refuses to stop is there as it was, and is stopped when it can be', async (t) => {
  const engine = await stallingEngine(t);
  const control = await controlLives(t).open({ 'docker.socket': engine.socket });
  engine.refuse(/^POST \/containers\/\S+\/stop/);
  const waking = await control.create({ idle: { stopAfterSeconds: 1 } });
  const frozen = await control.create({ idle: { freezeAfterSeconds: 1, stopAfterSeconds: 2 } });
  for (const [{ id }, state] of [
    [waking, 'Running'],
    [frozen, 'Paused'],
  ] as const) {
    const isAsItWas = async () => {
      const { status } = await control.get(id);
      return status.state === state && /could not be stopped.*not today/.test(status.message ?? '');
    };
    await until(isAsItWas, 'it could not be stopped');
    assert.equal((await (await control.agent(id)).run('echo here')).stdout, 'here');
  }
  engine.resume();
  for (const { id } of [waking, frozen]) {
    await until(async () => (await control.get(id)).status.reason === 'idle_stopped', 'it is stopped');
  }
});
