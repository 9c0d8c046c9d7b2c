import assert from 'node:assert/strict';
import { startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';

engineTest('in an image with neither Python nor Node, JavaScript and TypeScript run all the same', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create();
  const agent = await control.agent(id);
  const run = async (parameters: object) => {
    const response = await agent.post('/tools/executeCode', parameters);
    return (await response.json()) as { output?: string; exitCode?: number; code?: string; message?: string };
  };
  for (const [language, code] of [
    ['javascript', 'import { release } from "node:process"; console.log(release.name);'],
    ['typescript', 'enum Name { node = "node" }\nconst name: Name = Name.node;\nconsole.log(name);'],
    ['bash', 'echo node'],
  ]) {
    const { output, exitCode, message } = await run({ language, code });
    assert.deepEqual([output, exitCode], ['node\n', 0], `${language}: ${message}`);
  }
  assert.equal((await run({ language: 'python', code: 'print(1)' })).code, 'KERNEL_NOT_AVAILABLE');
});
