import assert from 'node:assert/strict';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { poolNumbers, untilReady } from '../support/pools.ts';
import { refused } from '../support/refused.ts';
import {
  drafts,
  engine,
  greeting,
  image,
  prebuilt,
  printed,
  settled,
  startWorld,
} from '../support/template-packages.ts';
import { deleteTemplate, followBuild, getTemplate, putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';

/** Of what a test's sandbox is made: the template says the rest. */
const unsaid = { image: undefined };

engineTest(
  'packages of a template are in the image that its sandboxes are made of',
  async (t) => {
    const { control, server } = await startWorld(t);
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
  'sandboxes stand by with the packages of their template',
  async (t) => {
    const { control, server } = await startWorld(t);
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

engineTest('what can’t be packages is refused by its field', async (t) => {
  const { control } = await startWorld(t);
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
