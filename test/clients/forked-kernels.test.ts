import assert from 'node:assert/strict';
import { readEvents } from '../support/agent.ts';
import { pythonImage, startTestControl } from '../support/control.ts';
import type { AgentClient } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

const image = { uri: pythonImage };
const resourceLimits = { cpu: '1', memory: '1Gi' };

engineTest('kernels of Python are forks in every kind of sandbox, of a user without rights too', async (t) => {
  const control = await startTestControl(t);
  for (const profile of ['standard', 'hardened']) {
    const { id } = await control.create({ image, resourceLimits, extensions: { 'cubby.profile': profile } });
    const agent = await control.agent(id);
    const above = new Set<string>();
    for (let count = 0; count < 3; count += 1) {
      const response = await agent.post('/code/context', { language: 'python' });
      const context = (await response.json()) as { id: string };
      above.add(await say(agent, context.id, zygote));
      assert.equal(await say(agent, context.id, 'import numpy; print(numpy.eye(2).sum())'), '2.0\n');
    }
    assert.equal(above.size, 1, `${profile}: ${[...above]}`);
    assert.match([...above].join(), /zygote\.py/);
    assert.equal((await control.delete(id)).status, 204);
  }
});

engineTest(
  'what control’s settings name is imported in every fork once, and each has random numbers of its own',
  async (t) => {
    const control = await startTestControl(t, { 'kernels.preload': 'numpy', 'kernels.spares': '1' });
    const { id } = await control.create({ image, resourceLimits });
    const agent = await control.agent(id);
    const drawn = new Set<string>();
    const context = async () =>
      ((await (await agent.post('/code/context', { language: 'python' })).json()) as { id: string }).id;
    const has = 'import sys; print("numpy" in sys.modules)';
    await until(async () => {
      const first = await context();
      const said = await say(agent, first, has);
      assert.equal((await agent.fetch(`/code/contexts/${first}`, { method: 'DELETE' })).status, 200);
      return said === 'True\n';
    }, 'a kernel has numpy');
    for (let count = 0; count < 3; count += 1) drawn.add(await say(agent, await context(), draw));
    assert.equal(drawn.size, 3);
    assert.equal((await control.delete(id)).status, 204);
  },
);

const draw =
  'import numpy, random; print(numpy.random.rand(), random.random(), (numpy.ones((300, 300)) @ numpy.ones((300, 300))).sum())';

/** Says which process, with which words, is above the kernel's runner. */
const zygote = `
import os
parent = lambda pid: open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1]
pid = parent(os.getppid())
print(pid, open(f"/proc/{pid}/cmdline").read())`;

async function say(agent: AgentClient, id: string, code: string): Promise<string> {
  const events = await readEvents(await agent.post('/code', { code, context: { id } }));
  assert.equal(events.at(-1)?.type, 'execution_complete', JSON.stringify(events));
  return events.map(({ type, text }) => (type === 'stdout' ? text : '')).join('');
}
