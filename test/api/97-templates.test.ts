import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { z } from 'zod';
import type { TemplateList } from '../../shared/api/templates.ts';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { deleteTemplate, getTemplate, putTemplate, sendingJson, templateIn } from '../support/templates.ts';
import { ensure, ensuredIn, workspacePath } from '../support/workspaces.ts';

engineTest('a template is what sandboxes are made of, by name and version', templates, { timeout: 290_000 });

async function templates(t: TestContext): Promise<void> {
  const control = await startTestControl(t);
  const printed = async (id: string, command: string) => (await (await control.agent(id)).run(command)).stdout;

  await t.test('POST makes one, which tells all but what its variables are set to', async () => {
    const spec = { env: { WHO: 'the template', SECRET: 's3cret' }, metadata: { team: 'a' }, pool: { min: 0, max: 2 } };
    const response = await control.post('/v1/templates', { name: 'small', ...createRequest(spec), invented: true });
    assert.equal(response.status, 201);
    assert.equal(response.headers.get('location'), '/v1/templates/small');
    const text = await response.text();
    assert.ok(!text.includes('s3cret'));
    const { createdAt, updatedAt, ...template } = JSON.parse(text);
    assert.equal(createdAt, updatedAt);
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 600_000);
    assert.deepEqual(template, {
      name: 'small',
      version: 1,
      ...createRequest({ ...spec, env: ['WHO', 'SECRET'] }),
    });
    assert.deepEqual(await getTemplate(control, 'small'), JSON.parse(text));
    await refused(
      await control.post('/v1/templates', { name: 'small', ...createRequest() }),
      'TEMPLATE_ALREADY_EXISTS',
      'name',
    );
  });

  await t.test('a sandbox is made of it, with the request’s own fields over it, and says so', async () => {
    const response = await control.post('/v1/sandboxes', {
      template: 'small',
      env: { MINE: 'the request', SECRET: null },
      metadata: { plan: 'pro' },
    });
    assert.equal(response.status, 202, await response.clone().text());
    const { id } = (await response.json()) as { id: string };
    const sandbox = await control.get(id);
    assert.deepEqual(sandbox.template, { name: 'small', version: 1 });
    assert.deepEqual(sandbox.metadata, { team: 'a', plan: 'pro' });
    assert.equal(await printed(id, 'echo "$WHO, $MINE, $SECRET"'), 'the template, the request, ');
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('PATCH makes its next version, PUT too unless it says the same; older ones can be had', async () => {
    const patch = { env: { WHO: 'version 2' }, metadata: null, pool: null, user: '65534' };
    const second = await templateIn(await control.fetch('/v1/templates/small', sendingJson('PATCH', patch)));
    assert.deepEqual([second.version, second.env, second.user], [2, ['WHO', 'SECRET'], '65534']);
    assert.ok(!('metadata' in second) && !('pool' in second));
    const same = createRequest({ env: { WHO: 'version 2', SECRET: 's3cret' }, user: '65534' });
    assert.equal((await putTemplate(control, 'small', same)).version, 2);
    assert.equal((await putTemplate(control, 'small', { env: { WHO: 'version 3' } })).version, 3);
    assert.deepEqual((await getTemplate(control, 'small@2')).user, '65534');
    const [newest, pinned] = await Promise.all(
      ['small', 'small@2'].map((template) => control.create({ ...unsaid, template })),
    );
    assert.deepEqual([newest!.template?.version, pinned!.template?.version], [3, 2]);
    assert.equal(await printed(newest!.id, 'echo $WHO'), 'version 3');
    assert.equal(await printed(pinned!.id, 'echo $WHO; id -u'), 'version 2\n65534');
    for (const one of [newest!, pinned!]) assert.equal((await control.delete(one.id)).status, 204);
  });

  await t.test('many changes at once are as many versions, and none is lost', async () => {
    const { version } = await getTemplate(control, 'small');
    const patches = Array.from({ length: 10 }, (_, n) =>
      control.fetch('/v1/templates/small', sendingJson('PATCH', { env: { [`N${n}`]: 'x' } })),
    );
    const versions = (await Promise.all(patches.map(async (one) => templateIn(await one)))).map((one) => one.version);
    assert.deepEqual(
      versions.sort((a, b) => a - b),
      patches.map((_, n) => version + 1 + n),
    );
    assert.equal((await getTemplate(control, 'small')).env?.length, 11);
  });

  await t.test('kernels have the template’s settings', async () => {
    await putTemplate(control, 'cells', { kernels: { outputBytes: 65_536, fork: false } });
    const { id } = await control.create({ ...unsaid, template: 'cells' });
    const settings = await printed(id, 'tr "\\0" "\\n" </proc/1/cmdline');
    assert.match(settings, /CUBBY_OUTPUT_BYTES=65536/);
    assert.match(settings, /CUBBY_KERNEL_ZYGOTE=0/);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('the list has the newest versions, in pages', async () => {
    await putTemplate(control, 'third');
    const list = async (query: string) => {
      const response = await control.fetch(`/v1/templates${query}`);
      const { items, pagination } = (await response.json()) as z.infer<typeof TemplateList>;
      return [items.map(({ name }) => name), pagination.totalItems];
    };
    const [all] = await list('');
    assert.deepEqual([...(all as string[])].sort(), ['cells', 'small', 'third']);
    assert.deepEqual(await list('?pageSize=2&page=2'), [[(all as string[])[2]], 3]);
  });

  await t.test(
    'what can’t be made is told when the template is made, with the field, and leaves it as it was',
    async () => {
      const before = await getTemplate(control, 'third');
      for (const [spec, code, field] of [
        [{ image: undefined }, 'SANDBOX::INVALID_PARAMETER', 'image'],
        [{ image: { uri: 'cubby/there-is-none' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', 'image.uri'],
        [{ resourceLimits: { memory: '1' } }, 'SANDBOX::INVALID_PARAMETER', 'resourceLimits.memory'],
        [{ profile: 'open' }, 'SANDBOX::INVALID_PARAMETER', 'profile'],
        [{ user: 'a b' }, 'SANDBOX::INVALID_PARAMETER', 'user'],
        [{ env: { CUBBY_TOKEN: 'x' } }, 'SANDBOX::INVALID_PARAMETER', 'env.CUBBY_TOKEN'],
        [{ metadata: { 'a b': '' } }, 'SANDBOX::INVALID_METADATA_LABEL', 'metadata.a b'],
        [{ kernels: { spares: 17 } }, 'INVALID_REQUEST_BODY', 'kernels.spares'],
        [{ kernels: { preload: ['a b'] } }, 'INVALID_REQUEST_BODY', 'kernels.preload.0'],
        [{ pool: { min: 2, max: 1 } }, 'INVALID_REQUEST_BODY', 'pool.max'],
        [{ timeout: 1 }, 'INVALID_REQUEST_BODY', 'timeout'],
        [
          { volumes: [{ name: 'v', mountPath: '/', pvc: { claimName: 'v' } }] },
          'VOLUME::INVALID_MOUNT_PATH',
          'volumes.0.mountPath',
        ],
      ] as const) {
        const put = await control.fetch('/v1/templates/third', sendingJson('PUT', createRequest(spec)));
        await refused(put, code, field);
        const patch = Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, value ?? null]));
        await refused(await control.fetch('/v1/templates/third', sendingJson('PATCH', patch)), code, field);
        await refused(await control.post('/v1/templates', { name: 'new', ...createRequest(spec) }), code, field);
      }
      assert.deepEqual(await getTemplate(control, 'third'), before);
      await refused(await control.fetch('/v1/templates/new'), 'TEMPLATE_NOT_FOUND', 'name');
    },
  );

  await t.test('names are taken as they are, or not at all', async () => {
    for (const name of ['', 'A', 'a_b', 'a.b', '-a', 'a@1', '../a', 'x'.repeat(64)])
      await refused(await control.post('/v1/templates', { name, ...createRequest() }), 'INVALID_TEMPLATE_NAME', 'name');
    for (const name of ['Small', 'small%20', 'sm%61ll@0', 'a%2Fb', 'small@x'])
      await refused(await control.fetch(`/v1/templates/${name}`), 'INVALID_TEMPLATE_NAME', 'name');
    for (const template of ['Small', 'small@', ''])
      await refused(await control.post('/v1/sandboxes', { template }), 'INVALID_TEMPLATE_NAME', 'template');
    for (const template of ['none', 'third@2'])
      await refused(await control.post('/v1/sandboxes', { template }), 'TEMPLATE_NOT_FOUND', 'template');
  });

  await t.test('a workspace remembers the name, so that a reset takes the newest version', async () => {
    await putTemplate(control, 'desk', { env: { WHO: 'first' } });
    const path = workspacePath('app:ada');
    const made = await ensuredIn(
      await control.fetch(path, sendingJson('PUT', { template: 'desk', env: { MINE: '1' } })),
    );
    assert.deepEqual(made.sandbox.template, { name: 'desk', version: 1 });
    await putTemplate(control, 'desk', { env: { WHO: 'second' } });
    assert.equal((await ensure(control, 'app:ada')).sandbox.id, made.sandbox.id);
    assert.equal(await printed(made.sandbox.id, 'echo "$WHO $MINE"'), 'first 1');
    const reset = await ensuredIn(await control.fetch(workspacePath('app:ada', '/reset'), { method: 'POST' }));
    assert.deepEqual(reset.sandbox.template, { name: 'desk', version: 2 });
    assert.equal(await printed(reset.sandbox.id, 'echo "$WHO $MINE"'), 'second 1');
  });

  await t.test('DELETE forgets it; what was made of it goes on, and a reset that needs it is refused', async () => {
    assert.equal((await deleteTemplate(control, 'desk')).status, 204);
    await refused(await deleteTemplate(control, 'desk'), 'TEMPLATE_NOT_FOUND', 'name');
    const { sandbox } = await ensure(control, 'app:ada');
    assert.deepEqual(sandbox.template, { name: 'desk', version: 2 });
    const reset = await control.fetch(workspacePath('app:ada', '/reset'), { method: 'POST' });
    await refused(reset, 'TEMPLATE_NOT_FOUND', 'template');
    assert.equal((await ensure(control, 'app:ada')).sandbox.id, sandbox.id);
    assert.equal((await putTemplate(control, 'desk')).version, 3, 'a version is never given twice');
  });

  await t.test('without a key of the server’s every route is shut', async () => {
    for (const [method, path] of [
      ['GET', '/v1/templates'],
      ['POST', '/v1/templates'],
      ['GET', '/v1/templates/small'],
      ['PUT', '/v1/templates/small'],
      ['PATCH', '/v1/templates/small'],
      ['DELETE', '/v1/templates/small'],
    ] as const)
      await refused(await fetch(`${control.url}${path}`, { method }), 'MISSING_API_KEY', 'open-sandbox-api-key');
  });
}

/** Of what a test's sandbox is usually made: nothing is said, so that the template's holds. */
const unsaid = { image: undefined, entrypoint: undefined, resourceLimits: undefined, timeout: undefined };
