import assert from 'node:assert/strict';
import Docker from 'dockerode';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { packageServer } from '../support/package-server.ts';
import { followBuild, getTemplate, putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';
import { wheel } from '../support/wheel.ts';

engineTest(
  'control killed while packages are installed begins anew at its next start, and leaves nothing behind',
  async (t) => {
    const server = await packageServer(t);
    const path = '/greeting-1.0-py3-none-any.whl';
    server.files.set(path, wheel('greeting', '1.0', 'print("hello")'));
    const lives = controlLives(t);
    const builders = () => {
      const filters = { label: [`cubby.helper=${lives.store}`, 'cubby.build'] };
      return new Docker().listContainers({ all: true, filters });
    };
    const settings = { 'network.allow': server.door };
    const first = await lives.spawn(settings);
    server.hold();
    const packages = { pip: [server.url(path)] };
    await putTemplate(first, 'python', { image: { uri: 'cubby/interpreter:latest' }, packages });
    await until(() => server.asked.length > 0, 'an installer asks for a package', 120_000);
    const [left, ...more] = await builders();
    assert.ok(left && more.length === 0);
    await first.kill();
    server.release();
    const second = await lives.spawn(settings);
    await until(
      async () => (await getTemplate(second, 'python')).build?.state === 'ready',
      'the packages are installed',
      120_000,
    );
    assert.deepEqual(await builders(), []);
    const events = await followBuild(second, 'python');
    assert.deepEqual(
      events.map(({ id }) => id),
      events.map((_, index) => index + 1),
    );
    assert.equal(events.filter(({ event }) => event.type === 'begun').length, 2);
    await second.kill();
  },
  { timeout: 290_000 },
);
