import assert from 'node:assert/strict';
import { containerOf } from '../support/containers.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

engineTest(
  'a pause of what answers already, though the engine is still about to wake it, comes after that',
  async (t) => {
    const engine = await stallingEngine(t);
    const lives = controlLives(t);
    const control = await lives.open({ 'docker.socket': engine.socket });
    const { id } = await control.create({ idle: { freezeAfterSeconds: 1 } });
    const container = containerOf(lives.store, id);
    const agent = await control.agent(id);
    const isAsleep = async () => (await control.get(id)).status.reason === 'idle_frozen';
    await until(isAsleep, 'it is frozen');

    // The engine lets it go on, and says so only later.
    engine.hold(/\/unpause/);
    const woken = agent.run('echo awake');
    await until(() => engine.held > 0, 'the engine is asked to let it go on');
    await container.unpause();
    assert.equal((await woken).stdout, 'awake');

    const ask = (what: string) => control.fetch(`/v1/sandboxes/${id}/${what}`, { method: 'POST' });
    const paused = ask('pause');
    await control.get(id);
    engine.release();
    assert.equal((await paused).status, 202);
    assert.equal((await container.inspect()).State.Paused, true);
    assert.equal((await control.get(id)).status.state, 'Paused');
    assert.equal((await ask('resume')).status, 202);
    assert.equal((await agent.run('echo back')).stdout, 'back');
  },
);

engineTest(
  'a sandbox that the engine takes for running, though it is frozen, is let go on at the next touch',
  async (t) => {
    const engine = await stallingEngine(t);
    const control = await controlLives(t).open({ 'docker.socket': engine.socket });
    const { id } = await control.create({ idle: { freezeAfterSeconds: 1 } });
    const agent = await control.agent(id);
    await until(async () => (await control.get(id)).status.reason === 'idle_frozen', 'it is frozen');
    engine.pretend(/\/unpause/);
    assert.equal((await agent.run('echo awake')).stdout, 'awake');
    assert.equal((await control.get(id)).status.state, 'Running');
  },
);
