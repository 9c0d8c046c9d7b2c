import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { WorkspaceList } from '../../shared/api/workspaces.ts';
import { containersOf, pidOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { hostDirectory } from '../support/host-directory.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';
import { ensure, ensuredIn, sending, workspace, workspacePath } from '../support/workspaces.ts';

engineTest('a workspace is the one sandbox of its key', async (t) => {
  const control = await startTestControl(t);
  const ada = 'app:ada@example.com';

  await t.test('PUT makes it, and returns it ever after', async () => {
    const first = await ensure(control, ada, { metadata: { plan: 'pro' }, env: { WHO: 'ada' } });
    assert.equal(first.created, true);
    assert.equal(first.previous, undefined);
    assert.deepEqual([first.key, first.issuer, first.subject], [ada, 'app', 'ada@example.com']);
    assert.deepEqual(first.sandbox.metadata, { plan: 'pro' });
    const again = await ensure(control, ada, { env: { WHO: 'somebody else' } });
    assert.deepEqual([again.created, again.sandbox.id], [false, first.sandbox.id]);
    const bare = await ensuredIn(await control.fetch(workspacePath(ada), { method: 'PUT' }));
    assert.deepEqual([bare.created, bare.sandbox.id], [false, first.sandbox.id]);
    assert.equal((await (await control.agent(first.sandbox.id)).run('echo $WHO')).stdout, 'ada');
  });

  await t.test('GET tells of it, and the list has the newest first, by issuer too', async () => {
    await ensure(control, 'other:bob');
    const { sandbox, ...rest } = await workspace(control, ada);
    assert.equal(sandbox?.status.state, 'Running');
    assert.deepEqual(Object.keys(rest).sort(), ['createdAt', 'issuer', 'key', 'state', 'subject']);
    const list = async (query = '') => {
      const response = await control.fetch(`/v1/workspaces${query}`);
      assert.equal(response.status, 200);
      const { items, pagination } = (await response.json()) as z.infer<typeof WorkspaceList>;
      return [items.map(({ key }) => key), pagination?.totalItems];
    };
    assert.deepEqual(await list(), [['other:bob', ada], 2]);
    assert.deepEqual(await list('?pageSize=1&page=2'), [[ada], 2]);
    assert.deepEqual(await list('?issuer=app'), [[ada], 1]);
    assert.deepEqual(await list('?issuer=nobody'), [[], 0]);
    await refused(await control.fetch('/v1/workspaces?issuer=App'), 'INVALID_WORKSPACE_KEY', 'key');
  });

  await t.test('reset gives it another sandbox, made with what the last was, or with what it says', async () => {
    const { sandbox: old, createdAt } = await workspace(control, ada);
    const same = await ensuredIn(await control.fetch(workspacePath(ada, '/reset'), { method: 'POST' }));
    assert.deepEqual([same.created, same.previous, same.createdAt], [true, { id: old!.id }, createdAt]);
    assert.notEqual(same.sandbox.id, old!.id);
    assert.equal((await (await control.agent(same.sandbox.id)).run('echo $WHO')).stdout, 'ada');
    await refused(await control.fetch(`/v1/sandboxes/${old!.id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    const other = await control.fetch(workspacePath(ada, '/reset'), sending('POST', { env: { WHO: 'a new one' } }));
    const { sandbox } = await ensuredIn(other);
    assert.equal((await (await control.agent(sandbox.id)).run('echo $WHO')).stdout, 'a new one');
  });

  await t.test('a reset that asks for what can’t be had leaves all as it was', async () => {
    const { sandbox } = await workspace(control, ada);
    for (const [change, code] of [
      [{ image: { uri: 'cubby/there-is-none' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED'],
      [{ resourceLimits: { memory: '1' } }, 'SANDBOX::INVALID_PARAMETER'],
    ] as const) {
      const response = await control.fetch(workspacePath(ada, '/reset'), sending('POST', change));
      assert.equal(((await response.json()) as { code: string }).code, code);
    }
    assert.deepEqual((await workspace(control, ada)).sandbox, sandbox);
  });

  await t.test(
    'one whose time was up, one that died and one that was deleted are replaced by the next PUT',
    async () => {
      const { sandbox: old } = await workspace(control, ada);
      // Where the machine is busy, a time so near may be past when it is asked for.
      const renew = async () => {
        const expiresAt = new Date(Date.now() + 500).toISOString();
        return (await control.post(`/v1/sandboxes/${old!.id}/renew-expiration`, { expiresAt })).status === 200;
      };
      await until(renew, 'its end is set');
      const stateOf = async () => (await workspace(control, ada)).sandbox?.status.state;
      await until(async () => (await stateOf()) === 'Terminated', 'its time is up');
      const second = await ensure(control, ada);
      assert.deepEqual([second.created, second.previous?.id], [true, old!.id]);
      assert.equal(second.previous?.status?.reason, 'ttl_expiry');
      process.kill(await pidOf(control.store, second.sandbox.id, /sleep 100000/), 'SIGKILL');
      await until(async () => (await stateOf()) === 'Failed', 'it has ended');
      const next = await ensuredIn(await control.fetch(workspacePath(ada), { method: 'PUT' }));
      assert.deepEqual([next.created, next.previous?.id], [true, second.sandbox.id]);
      assert.equal(next.previous?.status?.reason, 'entrypoint_failed');
      assert.equal((await control.delete(next.sandbox.id)).status, 204);
      assert.equal((await workspace(control, ada)).sandbox, undefined);
      const last = await ensure(control, ada);
      assert.deepEqual([last.created, last.previous], [true, { id: next.sandbox.id }]);
    },
  );

  await t.test('what can’t be made leaves no workspace behind', async () => {
    const path = workspacePath('app:nobody');
    const nowhere = await control.fetch(path, sending('PUT', { entrypoint: ['/nowhere'] }));
    assert.equal(((await nowhere.json()) as { code: string }).code, 'DOCKER::SANDBOX_START_FAILED');
    await refused(await control.fetch(path, { method: 'PUT' }), 'SANDBOX::INVALID_PARAMETER', 'image');
    await refused(await control.fetch(path, sending('PUT', { template: 'none' })), 'TEMPLATE_NOT_FOUND', 'template');
    for (const method of ['GET', 'DELETE'])
      await refused(await control.fetch(path, { method }), 'WORKSPACE_NOT_FOUND', 'key');
    await refused(await control.fetch(`${path}/reset`, { method: 'POST' }), 'WORKSPACE_NOT_FOUND', 'key');
  });

  await t.test('metrics count them by the state of their sandbox', async () => {
    const lines = (await (await control.fetch('/metrics')).text()).split('\n');
    assert.ok(lines.includes('cubby_workspaces{state="Running"} 2'));
  });

  await t.test('DELETE ends its sandbox and forgets the key', async () => {
    for (const key of [ada, 'other:bob'])
      assert.equal((await control.fetch(workspacePath(key), { method: 'DELETE' })).status, 204);
    await refused(await control.fetch(workspacePath(ada)), 'WORKSPACE_NOT_FOUND', 'key');
    assert.deepEqual(await containersOf(control.store), []);
  });

  await t.test('without a key of the server’s every route is shut', async () => {
    for (const [method, path] of [
      ['GET', '/v1/workspaces'],
      ['PUT', workspacePath(ada)],
      ['GET', workspacePath(ada)],
      ['DELETE', workspacePath(ada)],
      ['POST', workspacePath(ada, '/reset')],
    ] as const) {
      const response = await fetch(`${control.url}${path}`, { method });
      await refused(response, 'MISSING_API_KEY', 'open-sandbox-api-key');
    }
  });
});

engineTest('200 PUTs at once of 5 keys make 5 sandboxes', async (t) => {
  const control = await startTestControl(t);
  const keys = ['app:1', 'app:2', 'app:3', 'other:1', 'other:2'];
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ensure(control, keys[i % keys.length]!)));
  const idOf = new Map<string, string>();
  for (const { key, sandbox } of answers) {
    assert.equal(idOf.get(key) ?? sandbox.id, sandbox.id, 'one and the same for each key');
    idOf.set(key, sandbox.id);
  }
  assert.equal(new Set(idOf.values()).size, keys.length);
  assert.equal(answers.filter(({ created }) => created).length, keys.length, 'each was made by one request');
  assert.deepEqual(await containersOf(control.store), [...idOf.values()].sort());
});

engineTest('PUTs in several words at once, and one whose words are wrong, make one sandbox', async (t) => {
  const control = await startTestControl(t);
  const wrong = control.fetch(workspacePath('app:1'), sending('PUT', { resourceLimits: { cpu: 'much' } }));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ensure(control, 'app:1', { env: { N: String(i) } })),
  );
  assert.equal(new Set(answers.map(({ sandbox }) => sandbox.id)).size, 1);
  assert.equal(answers.filter(({ created }) => created).length, 1);
  assert.equal((await containersOf(control.store)).length, 1);
  assert.ok([200, 400].includes((await wrong).status), 'it came first and was refused, or later and was not looked at');
});

engineTest('hammered with PUT, reset and DELETE at once, no key meets another’s sandbox', async (t) => {
  const control = await startTestControl(t);
  const keys = ['app:a', 'app:b', 'other:a'];
  const owners = new Map<string, string>();
  const hammer = async (key: string, n: number) => {
    const path = workspacePath(key);
    const kind = n % 5;
    const response = await (kind === 0
      ? control.fetch(path, { method: 'DELETE' })
      : kind === 1
        ? control.fetch(`${path}/reset`, sending('POST', { env: { KEY: key } }))
        : control.fetch(path, sending('PUT', { env: { KEY: key } })));
    if (response.status === 204) return;
    if (response.status === 404) return void (await refused(response, 'WORKSPACE_NOT_FOUND', 'key'));
    const { sandbox } = await ensuredIn(response);
    assert.equal(owners.get(sandbox.id) ?? key, key, 'a sandbox is one key’s for life');
    owners.set(sandbox.id, key);
  };
  await Promise.all(keys.flatMap((key) => Array.from({ length: 15 }, (_, n) => hammer(key, n))));
  const last = await Promise.all(keys.map((key) => ensure(control, key, { env: { KEY: key } })));
  for (const { key, sandbox } of last)
    assert.equal((await (await control.agent(sandbox.id)).run('echo $KEY')).stdout, key);
  assert.deepEqual(await containersOf(control.store), last.map(({ sandbox }) => sandbox.id).sort());
});

engineTest('a workspace’s volume outlives its sandbox: the next one finds the files', async (t) => {
  const host = hostDirectory(t);
  const control = await startTestControl(t, { 'storage.allowed_host_paths': host });
  const volumes = [{ name: 'files', host: { path: `${host}/ada` }, mountPath: '/files' }];
  const { sandbox } = await ensure(control, 'app:ada', { volumes });
  await (await control.agent(sandbox.id)).run('echo kept > /files/note; echo lost > /note');
  const { sandbox: next } = await ensuredIn(
    await control.fetch(workspacePath('app:ada', '/reset'), { method: 'POST' }),
  );
  assert.equal((await (await control.agent(next.id)).run('cat /files/note /note')).stdout, 'kept');
  assert.equal((await control.fetch(workspacePath('app:ada'), { method: 'DELETE' })).status, 204);
  const { sandbox: last } = await ensure(control, 'app:ada', { volumes });
  assert.equal((await (await control.agent(last.id)).run('cat /files/note')).stdout, 'kept');
});
