import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { executed, pythonSandbox } from '../support/executions.ts';

engineTest('code runs as the sandbox’s own user, also where that has no rights at all', async (t) => {
  const control = await startTestControl(t);
  for (const [more, uid] of [
    [{ profile: 'hardened' }, 1000],
    [{ user: '4321:4321' }, 4321],
    [{ image: { uri: 'cubby/interpreter:latest' }, entrypoint: ['sleep', 'infinity'] }, undefined],
  ] as const) {
    const { id: sandboxId } = await control.create(pythonSandbox(more));
    const handler = 'def handler(event):\n    import os\n    return [os.getuid(), event]';
    const python = await executed(control, {
      sandboxId,
      language: 'python',
      code: handler,
      handler: 'handler',
      event: 7,
    });
    assert.equal(python.status, 'succeeded', JSON.stringify(python));
    const [ranAs, event] = python.result as number[];
    assert.equal(event, 7);
    if (uid !== undefined) assert.equal(ranAs, uid);
    const node = 'export const handler = () => process.getuid()';
    const javascript = await executed(control, {
      sandboxId,
      language: 'javascript',
      code: node,
      handler: 'index.handler',
    });
    assert.equal(javascript.result, ranAs, JSON.stringify(javascript));
    const shell = await executed(control, { sandboxId, language: 'shell', code: 'id -u; cat', stdin: 'input' });
    assert.equal(shell.stdout, `${ranAs}\ninput`, JSON.stringify(shell));
    assert.equal((await control.delete(sandboxId)).status, 204);
  }
});
