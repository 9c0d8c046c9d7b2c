import assert from 'node:assert/strict';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { drafts, greeting, image, prebuilt, settled, startWorld } from '../support/template-packages.ts';
import { deleteTemplate, followBuild, getTemplate, putTemplate, templateIn } from '../support/templates.ts';
import { until } from '../support/until.ts';

engineTest(
  'packages that can’t be installed are told of with the last words, and can be tried again',
  async (t) => {
    const { control, server } = await startWorld(t);
    const file = server.files.get(greeting)!;
    server.files.delete(greeting);
    await putTemplate(control, 'broken', { image, packages: { pip: [server.url(greeting)] } });
    const { build } = await settled(control, 'broken');
    assert.equal(build?.state, 'failed');
    assert.match(build?.message ?? '', /python3 ended with exit code 1.*404/s);
    const create = await control.post('/v1/sandboxes', { template: 'broken', entrypoint: ['sleep', '1000'] });
    const { message } = await refused(create, 'TEMPLATE_BUILD_FAILED', 'template');
    assert.match(message, /404/);
    const failed = await followBuild(control, 'broken');
    assert.equal(failed.at(-1)?.event.type, 'failed');
    assert.deepEqual(await drafts(control.store), []);
    server.files.set(greeting, file);
    const retried = await templateIn(await control.fetch('/v1/templates/broken/build', { method: 'POST' }));
    assert.deepEqual([retried.version, retried.build?.state], [1, 'building']);
    assert.equal((await settled(control, 'broken')).build?.state, 'ready');
    const again = await followBuild(control, 'broken', failed.length);
    assert.deepEqual(
      [again[0]?.id, again[0]?.event.type, again.at(-1)?.event.type],
      [failed.length + 1, 'begun', 'ready'],
    );
  },
  { timeout: 290_000 },
);

engineTest(
  'a build may reach what a sandbox may, is waited for so long, and is given up when nobody wants it',
  async (t) => {
    const { control, server } = await startWorld(t, {
      'templates.build_wait_seconds': '0.2',
      'templates.builds_at_once': '3',
    });
    server.hold();
    const closed = server.url(greeting).replace(/:\d+\//, ':1/');
    await putTemplate(control, 'closed', { image, packages: { pip: [closed] } });
    await putTemplate(control, 'hangs', { image, packages: { pip: [server.url(greeting)] } });
    await putTemplate(control, 'small', { packages: { pip: ['anything'] } });
    const waiting = await control.post('/v1/sandboxes', { template: 'hangs', entrypoint: ['sleep', '1000'] });
    await refused(waiting, 'TEMPLATE_NOT_READY', 'template');
    // One that nobody wants any more is given up.
    await putTemplate(control, 'forgotten', { image, packages: { pip: [server.url('/other-1.0-py3-none-any.whl')] } });
    assert.equal((await deleteTemplate(control, 'forgotten')).status, 204);
    assert.match((await settled(control, 'small')).build?.message ?? '', /has no python3/);
    assert.match((await settled(control, 'closed')).build?.message ?? '', /refused/i);
    assert.equal((await getTemplate(control, 'hangs')).build?.state, 'building');
    assert.equal((await deleteTemplate(control, 'hangs')).status, 204);
    await until(async () => (await drafts(control.store)).length === 0, 'nothing is left of them', 60_000);
    assert.deepEqual(await prebuilt(control.store), []);
  },
  { timeout: 290_000 },
);

engineTest(
  'a build that takes longer than is allowed fails and says so',
  async (t) => {
    const { control, server } = await startWorld(t, { 'templates.build_timeout_seconds': '1' });
    server.hold();
    await putTemplate(control, 'hangs', { image, packages: { pip: [server.url(greeting)] } });
    assert.match((await settled(control, 'hangs')).build?.message ?? '', /longer than is allowed/);
    assert.deepEqual(await drafts(control.store), []);
  },
  { timeout: 290_000 },
);
