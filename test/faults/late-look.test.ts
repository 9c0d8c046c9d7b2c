import assert from 'node:assert/strict';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

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
