import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { ProvisionedWorkspace, WorkspaceList } from '../../shared/api/workspaces.ts';
import { collect, readEvents } from '../support/agent.ts';
import { containersOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { type ControlClient, createRequest, jsonBody } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { issuers, sendSigned } from '../support/signing.ts';
import { ensure, ensuredIn, sending, workspace, workspacePath } from '../support/workspaces.ts';

/** PUT with `start=false`: what it says, and its status. */
async function provision(control: ControlClient, key: string, request?: object) {
  const response = await control.fetch(workspacePath(key, '?start=false'), sending('PUT', request));
  assert.ok(response.ok, `${response.status} ${await response.clone().text()}`);
  return { status: response.status, workspace: (await response.json()) as ProvisionedWorkspace };
}

const run = async (control: ControlClient, key: string, command: string) => {
  const response = await control.fetch(workspacePath(key, '/proxy/44772/command'), jsonBody({ command }));
  assert.equal(response.status, 200, await response.clone().text());
  return collect(await readEvents(response)).stdout;
};

engineTest('a workspace can be there before it has a sandbox', async (t) => {
  const control = await startTestControl(t, issuers);

  await t.test('PUT with start=false provisions it once, and no container is made', async () => {
    const first = await provision(control, 'app:ada', { env: { WHO: 'ada' } });
    assert.equal(first.status, 201);
    const { createdAt, ...rest } = first.workspace;
    assert.deepEqual(rest, { key: 'app:ada', issuer: 'app', subject: 'ada', state: 'Provisioned', created: true });
    const again = await provision(control, 'app:ada', { env: { WHO: 'somebody else' } });
    assert.deepEqual([again.status, again.workspace], [200, { ...first.workspace, created: false }]);
    const told = await workspace(control, 'app:ada');
    assert.deepEqual(told, { key: 'app:ada', issuer: 'app', subject: 'ada', state: 'Provisioned', createdAt });
    assert.deepEqual(await containersOf(control.store), []);
    const metrics = await (await control.fetch('/metrics')).text();
    assert.match(metrics, /^cubby_workspaces\{state="Provisioned"\} 1$/m);
  });

  await t.test('the first PUT without it makes the sandbox, of what was said then', async () => {
    const ensured = await ensuredIn(await control.fetch(workspacePath('app:ada'), { method: 'PUT' }));
    assert.deepEqual([ensured.created, ensured.previous, ensured.state], [true, undefined, 'Running']);
    assert.equal(await run(control, 'app:ada', 'echo $WHO'), 'ada');
    const { status, workspace: known } = await provision(control, 'app:ada');
    assert.deepEqual([status, known.created, known.sandbox?.id], [200, false, ensured.sandbox.id]);
  });

  await t.test('one that is paused is not woken by it', async () => {
    assert.equal((await control.fetch(workspacePath('app:ada', '/pause'), { method: 'POST' })).status, 202);
    const { workspace: known } = await provision(control, 'app:ada');
    assert.match(known.state, /^Paus/);
    assert.equal(await run(control, 'app:ada', 'echo awake'), 'awake');
  });

  await t.test('whoever first comes through it has its sandbox made: many at once, one sandbox', async () => {
    await provision(control, 'app:bob', { env: { WHO: 'bob' } });
    const said = await Promise.all([1, 2, 3, 4].map(() => run(control, 'app:bob', 'echo $WHO')));
    assert.deepEqual(said, ['bob', 'bob', 'bob', 'bob']);
    await provision(control, 'app:eve');
    const endpoint = await control.fetch(workspacePath('app:eve', '/endpoints/44772'));
    assert.equal(endpoint.status, 200);
    const { sandbox } = await workspace(control, 'app:eve');
    assert.match(((await endpoint.json()) as { endpoint: string }).endpoint, new RegExp(sandbox!.id));
    assert.equal((await containersOf(control.store)).length, 3);
  });

  await t.test('a signature of its issuer may do so, and nobody without a key', async () => {
    const body = JSON.stringify(createRequest());
    const put = { method: 'PUT', path: workspacePath('app:signed', '?start=false'), body };
    assert.equal((await sendSigned(control.url, put)).status, 201);
    const bare = await fetch(control.url + workspacePath('app:signed', '/proxy/44772/ping'));
    await refused(bare, 'INVALID_ACCESS_TOKEN', 'x-execd-access-token');
    assert.equal((await workspace(control, 'app:signed')).state, 'Provisioned');
  });

  await t.test('what a sandbox can’t be made of provisions nothing', async () => {
    const put = (body?: object) =>
      control.fetch(workspacePath('app:nobody', '?start=false'), body ? sending('PUT', body) : { method: 'PUT' });
    await refused(await put(), 'SANDBOX::INVALID_PARAMETER', 'image');
    for (const image of ['cubby/there-is-none', 'cubby/there-is-none'])
      await refused(await put({ image: { uri: image } }), 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', 'image.uri');
    await refused(await put({ image: null, template: 'none' }), 'TEMPLATE_NOT_FOUND', 'template');
    const wrong = await control.fetch(workspacePath('app:nobody', '?start=perhaps'), sending('PUT'));
    await refused(wrong, 'INVALID_PARAMETER', 'start');
    await refused(await control.fetch(workspacePath('app:nobody')), 'WORKSPACE_NOT_FOUND', 'key');
  });

  await t.test('one whose sandbox can’t be made stays provisioned, and is made when it can', async () => {
    await provision(control, 'app:late', { entrypoint: ['/there/is/no/such/program'] });
    const failed = await control.fetch(workspacePath('app:late', '/proxy/44772/ping'));
    assert.ok(failed.status >= 400, `${failed.status}`);
    assert.equal((await workspace(control, 'app:late')).state, 'Provisioned');
    assert.equal((await ensure(control, 'app:late')).created, true);
  });

  await t.test('reset makes its first sandbox, DELETE forgets it', async () => {
    await provision(control, 'app:reset');
    const reset = await ensuredIn(await control.fetch(workspacePath('app:reset', '/reset'), { method: 'POST' }));
    assert.deepEqual([reset.created, reset.previous], [true, undefined]);
    await provision(control, 'app:gone');
    assert.equal((await control.fetch(workspacePath('app:gone'), { method: 'DELETE' })).status, 204);
    await refused(await control.fetch(workspacePath('app:gone')), 'WORKSPACE_NOT_FOUND', 'key');
  });
});

engineTest('provisioned workspaces are there after a crash, and are listed in the order of their keys', async (t) => {
  const lives = controlLives(t);
  const first = await lives.spawn();
  const keys = ['b:1', 'a:ü', 'a:b', 'a:B', 'c:x', 'a:a'];
  const made = await Promise.all(keys.map((key) => provision(first, key)));
  assert.ok(made.every(({ workspace: { created } }) => created));
  await first.kill();
  const control = await lives.spawn();
  assert.equal((await provision(control, 'a:a')).status, 200);
  const list = async (query: string) => {
    const response = await control.fetch(`/v1/workspaces?${query}`);
    assert.equal(response.status, 200);
    const { items, pagination } = (await response.json()) as z.infer<typeof WorkspaceList>;
    return { keys: items.map(({ key }) => key), pagination };
  };
  assert.deepEqual(await list('after='), { keys: ['a:B', 'a:a', 'a:b', 'a:ü', 'b:1', 'c:x'], pagination: undefined });
  assert.deepEqual((await list('after=a%3Aa&pageSize=2')).keys, ['a:b', 'a:ü']);
  assert.deepEqual((await list('after=a%3Ab&issuer=a')).keys, ['a:ü']);
  assert.deepEqual((await list('after=c%3Ax')).keys, []);
});
