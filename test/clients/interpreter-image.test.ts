import assert from 'node:assert/strict';
import { readEvents } from '../support/agent.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

const image = { uri: 'cubby/interpreter:latest' };
const resourceLimits = { cpu: '1', memory: '1Gi' };

engineTest('what was written for OpenSandbox’s interpreter image runs in Cubby’s', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({
    image,
    resourceLimits,
    entrypoint: ['/opt/code-interpreter/code-interpreter.sh'],
    env: { PYTHON_VERSION: '3.10', NODE_VERSION: '24' },
  });
  const agent = await control.agent(id);

  await t.test('a cell finds what data work needs', async () => {
    const code = 'import numpy, pandas, matplotlib\nint(numpy.arange(4).sum())';
    const events = await readEvents(await agent.post('/code', { code, context: { language: 'python' } }));
    const result = events.find(({ type }) => type === 'result');
    assert.deepEqual(result?.results, { text: '6' });
  });

  await t.test('its programs are there: pip, uv, node and npm', async () => {
    const { stdout, exitCode } = await agent.run('pip --version && uv --version && node --version && npm --version');
    assert.equal(exitCode, 0, stdout);
  });

  await t.test('a version that it doesn’t have is told in its log, and nothing of one that it has', async () => {
    const logs = async () => (await control.fetch(`/v1/sandboxes/${id}/diagnostics/logs`)).text();
    await until(async () => /this image has python 3\..*\n/.test(await logs()), 'the log says which Python there is');
    assert.match(await logs(), /\bpython 3\.10 was asked for; this image has python 3\.\d+\.\d+\.$/m);
    assert.doesNotMatch(await logs(), /node/);
  });

  await t.test('scripts choose a runtime as they do there', async () => {
    const choose = (words: string) =>
      agent.run(`bash -c 'source /opt/code-interpreter/code-interpreter-env.sh ${words}'`);
    assert.match((await choose('node')).stdout, /^24\.\d+\.\d+$/m);
    assert.equal((await choose('node 24')).exitCode, 0);
    assert.equal((await choose('java 17')).exitCode, 1);
  });
});

engineTest('the entrypoint is also where the protocol’s first clients look for it', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ image, resourceLimits, entrypoint: ['/opt/opensandbox/code-interpreter.sh'] });
  assert.equal((await control.get(id)).status.state, 'Running');
});
