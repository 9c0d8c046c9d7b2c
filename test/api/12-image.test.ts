import assert from 'node:assert/strict';
import Docker from 'dockerode';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { agentPid, pidOf } from '../support/containers.ts';
import { smallImage, startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { environmentOf } from '../support/processes.ts';
import { refused } from '../support/refused.ts';

/** A user by name with supplementary groups, a space in its working directory, LD_PRELOAD and NODE_OPTIONS. */
const difficultImage = 'cubby/named-user:test';

engineTest('a sandbox honours its image as the engine would', async (t) => {
  const control = await startTestControl(t);

  await t.test('USER with its groups, WORKDIR, ENV, ENTRYPOINT and CMD', async () => {
    const { id, entrypoint } = await control.create({ image: { uri: difficultImage }, entrypoint: undefined });
    assert.deepEqual(entrypoint, ['/bin/sh', '-c', 'echo entrypoint-ran >> /tmp/entry; exec sleep 100000']);
    const agent = await control.agent(id);
    // It was started when the create was answered, and runs beside all this.
    const untilRan = 'until [ -s /tmp/entry ]; do sleep 0.02; done';
    const show = `id -un; id -gn; id -Gn; pwd; echo "$IMAGE_ENV|$HOME|$USER"; ${untilRan}; cat /tmp/entry; ls -ln /tmp/entry`;
    const [user, group, groups, where, variables, ran, entry] = (await agent.run(show)).stdout.split('\n');
    assert.deepEqual([user, group], ['app', 'app']);
    assert.deepEqual(new Set(groups!.split(' ')), new Set(['app', 'extra1', 'extra2']));
    assert.equal(where, '/srv/work dir');
    assert.equal(variables, 'from image|/home/app|app');
    assert.equal(ran, 'entrypoint-ran');
    assert.match(entry!, /1234 +2345/);

    const other = await agent.run('id -u; id -g; id -G', { uid: 4321, gid: 8765 });
    assert.equal(other.stdout, '4321\n8765\n8765');
    assert.equal((await agent.run('id -u; id -g', { uid: 0 })).stdout, '0\n0');
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('LD_PRELOAD and NODE_OPTIONS of image and request reach its programs, and never the agent', async () => {
    const env = { LD_PRELOAD: '/a.so', NODE_OPTIONS: '--require=/nowhere', MINE: 'yes', HOME: '/home/mine' };
    const { id } = await control.create({ image: { uri: difficultImage }, env });
    const agent = await control.agent(id);
    const { stdout } = await agent.run('echo "$LD_PRELOAD|$NODE_OPTIONS|$MINE|$IMAGE_ENV|$HOME"');
    assert.equal(stdout, '/a.so|--require=/nowhere|yes|from image|/home/mine');
    const entrypoint = environmentOf(await pidOf(control.store, id, /^sleep/));
    assert.deepEqual(
      [entrypoint.LD_PRELOAD, entrypoint.NODE_OPTIONS, entrypoint.HOME],
      Object.values(env).toSpliced(2, 1),
    );
    assert.ok(!Object.keys(entrypoint).some((name) => name.startsWith('CUBBY')));
    const own = environmentOf(await agentPid(control.store, id));
    for (const name of ['LD_PRELOAD', 'MINE', 'IMAGE_ENV']) assert.ok(!(name in own), `agent has ${name}`);
    // It has options of its own, which are neither the image's nor the request's.
    assert.match(own.NODE_OPTIONS ?? '', /^--max-semi-space-size=2( --max-old-space-size=\d+)?$/);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('an image whose USER nobody knows starts nothing, and the error says so', async (t) => {
    const engine = new Docker();
    const container = await engine.createContainer({ Image: smallImage, Cmd: ['true'] });
    const tag = `cubby-test-ghost-${process.pid}`;
    await container.commit({ repo: tag, changes: 'USER ghost' });
    await container.remove();
    t.after(() => engine.getImage(tag).remove());
    const response = await control.post('/v1/sandboxes', createRequest({ image: { uri: tag } }));
    const { message } = await refused(response, 'DOCKER::SANDBOX_START_FAILED');
    assert.match(message, /user ghost/);
    const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: Sandbox[] };
    assert.ok(!items.some(({ image }) => image?.uri === tag), 'nothing is left of it');
  });
});
