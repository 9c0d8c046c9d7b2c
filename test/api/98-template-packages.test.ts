import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import Docker from 'dockerode';
import type { Template } from '../../shared/api/templates.ts';
import { startTestControl, type TestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { type PackageServer, packageServer } from '../support/package-server.ts';
import { poolNumbers, untilReady } from '../support/pools.ts';
import { refused } from '../support/refused.ts';
import { deleteTemplate, followBuild, getTemplate, putTemplate, templateIn } from '../support/templates.ts';
import { until } from '../support/until.ts';
import { npmPackage, wheel } from '../support/wheel.ts';

const image = { uri: 'cubby/interpreter:latest' };
const greeting = '/greeting-1.0-py3-none-any.whl';
const engine = new Docker();
/** Of what a test's sandbox is made: the template says the rest. */
const unsaid = { image: undefined };

interface World {
  control: TestControl;
  server: PackageServer;
}

async function start(t: TestContext, settings: Record<string, string> = {}): Promise<World> {
  const server = await packageServer(t);
  server.files.set(greeting, wheel('greeting', '1.0', 'print("hello from a wheel")'));
  server.files.set('/shout-1.0.0.tgz', npmPackage('shout', '1.0.0', 'console.log("HELLO FROM NPM")'));
  // An image of packages takes a minute on a machine that is busy with other things.
  const control = await startTestControl(t, {
    'network.allow': server.door,
    'templates.build_wait_seconds': '250',
    ...settings,
  });
  return { control, server };
}

/** Ids of the store's images with packages. */
async function prebuilt(store: string): Promise<string[]> {
  const images = await engine.listImages({ filters: { label: [`cubby.store=${store}`] } });
  return images.flatMap(({ RepoTags }) => RepoTags ?? []);
}

/** What is left of builds: containers, and images without a name. */
async function drafts(store: string): Promise<string[]> {
  const containers = await engine.listContainers({
    all: true,
    filters: { label: [`cubby.helper=${store}`, 'cubby.build'] },
  });
  const images = await engine.listImages({
    all: true,
    filters: { label: [`cubby.store=${store}`, 'cubby.build.draft'] },
  });
  return [...containers.map(({ Names }) => Names[0]!), ...images.map(({ Id }) => Id)];
}

async function settled(control: TestControl, name: string): Promise<Template> {
  let template = await getTemplate(control, name);
  const isSettled = async () => {
    template = await getTemplate(control, name);
    return template.build?.state !== 'building';
  };
  await until(isSettled, `the packages of ${name} are installed, or can't be`, 200_000);
  return template;
}

async function printed(control: TestControl, id: string, command: string): Promise<string> {
  return (await (await control.agent(id)).run(command)).stdout;
}

engineTest(
  'packages of a template are in the image that its sandboxes are made of',
  async (t) => {
    const { control, server } = await start(t);
    const packages = { pip: [server.url(greeting)], npm: [server.url('/shout-1.0.0.tgz')] };

    await t.test('they are installed once, however many templates and requests want them', async () => {
      server.hold();
      const [one, two] = await Promise.all(
        ['one', 'two'].map((name) => putTemplate(control, name, { image, packages })),
      );
      for (const { build } of [one!, two!]) assert.equal(build?.state, 'building');
      const creates = ['one', 'two', 'one'].map((template) => control.create({ ...unsaid, template }));
      await until(() => server.asked.length > 0, 'an installer asks for a package', 120_000);
      server.release();
      for (const { id, template } of await Promise.all(creates)) {
        assert.ok(template);
        assert.equal(
          await printed(control, id, 'python3 -c "import greeting"; shout'),
          'hello from a wheel\nHELLO FROM NPM',
        );
        assert.deepEqual((await control.get(id)).image, image, 'it tells of the template’s image');
        assert.equal((await control.delete(id)).status, 204);
      }
      assert.equal(server.asked.filter((path) => path === greeting).length, 1);
      const tags = await prebuilt(control.store);
      assert.equal(tags.length, 1);
      assert.match(tags[0]!, new RegExp(`^cubby-prebuilt:${control.store.slice(0, 8)}-[0-9a-f]{32}$`));
      assert.deepEqual(await drafts(control.store), []);
    });

    await t.test(
      'the template tells how far they are; what was said is followed, and come back to by number',
      async () => {
        const { build } = await settled(control, 'one');
        assert.equal(build?.state, 'ready');
        const events = await followBuild(control, 'one');
        assert.deepEqual([events[0]?.event.type, events.at(-1)?.event.type], ['begun', 'ready']);
        assert.ok(events.some(({ event }) => event.type === 'line' && /greeting/.test(event.text ?? '')));
        assert.deepEqual(
          events.map(({ id }) => id),
          events.map((_, index) => index + 1),
        );
        assert.deepEqual(await followBuild(control, 'two', 3), events.slice(3));
        assert.deepEqual(await followBuild(control, 'one', events.length), []);
      },
    );

    await t.test('the image has the base’s own configuration, and nothing of what installed them', async () => {
      const [tag] = await prebuilt(control.store);
      const [built, base] = await Promise.all([tag!, image.uri].map((name) => engine.getImage(name).inspect()));
      const { Labels: labels, Image: _, ...config } = built!.Config as unknown as Record<string, unknown>;
      const {
        Labels: __,
        Image: ___,
        Hostname: ____,
        ...expected
      } = base!.Config as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(expected)) if (value) assert.deepEqual(config[key], value, key);
      assert.ok(!JSON.stringify(labels).includes('draft'));
      await refused(
        await control.post('/v1/sandboxes', createRequest({ image: { uri: tag } })),
        'SANDBOX::INVALID_PARAMETER',
        'image.uri',
      );
    });

    await t.test('one that somebody removes is built again when it is needed', async () => {
      const [tag] = await prebuilt(control.store);
      await engine.getImage(tag!).remove();
      const { id } = await control.create({ ...unsaid, template: 'two' });
      assert.equal(await printed(control, id, 'python3 -c "import greeting"'), 'hello from a wheel');
      assert.deepEqual(await prebuilt(control.store), [tag]);
      for (const name of ['one', 'two']) assert.equal((await deleteTemplate(control, name)).status, 204);
      assert.deepEqual(await prebuilt(control.store), [tag], 'a sandbox is made of it');
      assert.equal(await printed(control, id, 'echo still here'), 'still here');
      assert.equal((await control.delete(id)).status, 204);
      // Whatever changes templates has the images looked at again.
      await putTemplate(control, 'three');
      await until(async () => (await prebuilt(control.store)).length === 0, 'nothing uses the image any more', 60_000);
    });
  },
  { timeout: 290_000 },
);

engineTest(
  'packages that can’t be installed are told of with the last words, and can be tried again',
  async (t) => {
    const { control, server } = await start(t);
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
    const { control, server } = await start(t, {
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
  'sandboxes stand by with the packages of their template',
  async (t) => {
    const { control, server } = await start(t);
    const pool = { min: 1, max: 1 };
    const resourceLimits = { memory: '256Mi', cpu: '1' };
    await putTemplate(control, 'ready', { image, resourceLimits, pool, packages: { pip: [server.url(greeting)] } });
    await untilReady(control, 'ready', 1);
    const { id } = await control.create({ ...unsaid, resourceLimits, template: 'ready' });
    assert.equal((await poolNumbers(control, 'ready')).claims, 1);
    assert.equal(await printed(control, id, 'python3 -c "import greeting"'), 'hello from a wheel');
    assert.deepEqual((await control.get(id)).image, image);
  },
  { timeout: 290_000 },
);

engineTest(
  'a build that takes longer than is allowed fails and says so',
  async (t) => {
    const { control, server } = await start(t, { 'templates.build_timeout_seconds': '1' });
    server.hold();
    await putTemplate(control, 'hangs', { image, packages: { pip: [server.url(greeting)] } });
    assert.match((await settled(control, 'hangs')).build?.message ?? '', /longer than is allowed/);
    assert.deepEqual(await drafts(control.store), []);
  },
  { timeout: 290_000 },
);

engineTest('what can’t be packages is refused by its field', async (t) => {
  const { control } = await start(t);
  for (const [packages, field] of [
    [{ pip: ['--index-url=http://x'] }, 'packages.pip.0'],
    [{ pip: ['-r/etc/passwd'] }, 'packages.pip.0'],
    [{ pip: ['a\nb'] }, 'packages.pip.0'],
    [{ pip: ['a\0'] }, 'packages.pip.0'],
    [{ pip: ['x'.repeat(513)] }, 'packages.pip.0'],
    [{ npm: ['--prefix=/'] }, 'packages.npm.0'],
    [{ npm: ['a b'] }, 'packages.npm.0'],
    [{ apt: ['vim', 'Vim'] }, 'packages.apt.1'],
    [{ apt: ['vim-'] }, 'packages.apt.0'],
    [{ apt: ['-o=Dpkg::Pre-Invoke=x'] }, 'packages.apt.0'],
    [{ apt: ['vim;ls'] }, 'packages.apt.0'],
    [{ apt: 'vim' }, 'packages.apt'],
    [{ pip: Array.from({ length: 201 }, () => 'a') }, 'packages.pip'],
  ] as const) {
    const response = await control.post('/v1/templates', { name: 'wrong', ...createRequest({ packages }) });
    await refused(response, 'INVALID_REQUEST_BODY', field);
  }
  const upon = createRequest({ image: null, snapshotId: 'x', packages: { pip: ['a'] } });
  await refused(
    await control.post('/v1/templates', { name: 'wrong', ...upon }),
    'SANDBOX::INVALID_PARAMETER',
    'packages',
  );
  await putTemplate(control, 'plain', { packages: { pip: [], npm: null } });
  const plain = await getTemplate(control, 'plain');
  assert.ok(!('packages' in plain) && !('build' in plain));
  for (const method of ['GET', 'POST'])
    await refused(await control.fetch('/v1/templates/plain/build', { method }), 'TEMPLATE_HAS_NO_PACKAGES', 'name');
});
