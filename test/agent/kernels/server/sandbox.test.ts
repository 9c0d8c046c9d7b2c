import assert from 'node:assert/strict';
import { readEvents } from '../../../support/agent.ts';
import { startTestControl } from '../../../support/control.ts';
import { engineTest } from '../../../support/engine.ts';
import { textOf } from '../../code/code-client.ts';

engineTest('a sandbox whose image starts a Jupyter Server has its cells run there, from the first on', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({
    image: { uri: 'cubby/jupyter:latest' },
    entrypoint: 'python3 -m jupyter_server --ServerApp.port=8888 --allow-root --no-browser'.split(' '),
    env: { JUPYTER_TOKEN: 'secret-of-the-image', CUBBY_KERNEL_SERVER_URL: 'http://localhost:8888' },
    resourceLimits: { memory: '1Gi' },
  });
  const agent = await control.agent(id);
  const run = async (code: string) => {
    const init = { method: 'POST', body: JSON.stringify({ code }), headers: { 'content-type': 'application/json' } };
    const response = await agent.fetch('/code', init);
    assert.equal(response.status, 200, response.ok ? '' : await response.text());
    return await readEvents(response);
  };
  const parent = 'import os; print(open(f"/proc/{os.getppid()}/cmdline").read())';
  assert.match(textOf(await run(parent), 'stdout'), /jupyter_server/);
  assert.equal(textOf(await run('print(os.getcwd())'), 'stdout'), '/workspace\n');
  assert.equal((await run('os._exit(3)')).at(-1)?.error?.ename, 'KernelDied');
  const again = await run('print(1)');
  assert.match(textOf(again, 'stderr'), /new kernel/);
  assert.equal(textOf(again, 'stdout'), '1\n');
  const contexts = await (await agent.fetch('/code/contexts')).text();
  assert.match(contexts, /"server":\{"url":"http:\/\/127\.0\.0\.1:8888\/"\}/);
  assert.doesNotMatch(contexts, /secret/);
});
