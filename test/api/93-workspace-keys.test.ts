import assert from 'node:assert/strict';
import type { Workspace } from '../../shared/api/workspaces.ts';
import { containersOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { rawRequest } from '../support/raw.ts';
import { ensure, workspace, workspacePath } from '../support/workspaces.ts';

engineTest('users whose ids look alike have a workspace each, and each is found by its own key only', async (t) => {
  const control = await startTestControl(t);
  const keys = [
    'app:ada',
    'app:Ada',
    'app:ada.',
    'app:ада',
    'app:a/b',
    'app:a b',
    'app:a+b',
    'app:a:b',
    'app:a?b#c;d&e=f',
    'a:app:ada',
  ];
  const made = await Promise.all(keys.map((key) => ensure(control, key)));
  assert.equal(new Set(made.map(({ sandbox }) => sandbox.id)).size, keys.length);
  for (const [index, key] of keys.entries()) {
    const found = await workspace(control, key);
    assert.deepEqual([found.key, found.sandbox?.id], [key, made[index]!.sandbox.id]);
  }

  await t.test('containers are called after the sandbox, and the key is nowhere on the engine', async () => {
    const ids = made.map(({ sandbox }) => sandbox.id).sort();
    assert.deepEqual(await containersOf(control.store), ids);
  });

  await t.test('other spellings of a key are the same key, or are refused', async () => {
    const headers = { 'open-sandbox-api-key': control.apiKey };
    const ask = (segment: string, below = '') =>
      rawRequest(control.url, `/v1/workspaces/${segment}${below}`, { headers });
    for (const segment of ['app:ada', 'app%3Aada', '%61pp:%61da', 'app:%61%64%61']) {
      const { status, text } = await ask(segment);
      assert.deepEqual([status, (JSON.parse(text) as Workspace).key], [200, 'app:ada'], segment);
    }
    for (const segment of ['app:ada%00', 'app:%2561da', 'app:a%2F..%2Fada', 'app:ada%2F', 'app:a+b', 'APP:ada']) {
      for (const below of ['', '/proxy/44772/ping', '/endpoints/80']) {
        const { status, text } = await ask(segment, below);
        assert.deepEqual(
          [status, (JSON.parse(text) as { code: string }).code],
          [400, 'INVALID_WORKSPACE_KEY'],
          segment,
        );
      }
    }
    for (const segment of ['app:ada/', 'app:x/../app:ada', './app:ada', 'app:ada;x', 'app:adb', 'app%3Aad%C3%A4'])
      assert.notEqual((await ask(segment)).status, 200, segment);
  });

  await t.test('a key that is too long is refused', async () => {
    const response = await control.fetch(workspacePath(`app:${'ü'.repeat(128)}`), { method: 'PUT' });
    assert.equal(response.status, 400);
    assert.equal((await control.fetch(`/v1/workspaces/app:${'x'.repeat(5000)}`)).status, 400);
  });

  for (const key of keys) assert.equal((await control.fetch(workspacePath(key), { method: 'DELETE' })).status, 204);
});
