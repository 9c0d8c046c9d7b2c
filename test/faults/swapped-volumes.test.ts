import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { buildProgram } from '../agent/init/binary.ts';
import { containersOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { type ControlClient, createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { findVolume, volumeName } from '../support/engine-volumes.ts';
import { hostDirectory } from '../support/host-directory.ts';
import { refused } from '../support/refused.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

/** Victims of the race, and how many are made at a time. */
const victims = 40;
const atOnce = 4;

/** A directory that a sandbox may not see, with a file in it. */
function outsideOf(t: TestContext): string {
  const outside = hostDirectory(t);
  chmodSync(outside, 0o777);
  writeFileSync(join(outside, 'secret'), 'the host’s');
  return outside;
}

/** A sandbox that leaves a mark wherever its volume is, as soon as its own program runs. */
function marking(volume: object): object {
  return createRequest({
    entrypoint: ['/bin/sh', '-c', 'touch /data/ran; exec sleep 1000'],
    volumes: [{ name: 'v', mountPath: '/data', ...volume }],
  });
}

engineTest('a directory that is exchanged for a link between our look and the engine’s is not let in', async (t) => {
  const [host, outside] = [hostDirectory(t), outsideOf(t)];
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  const control = await lives.open({ 'docker.socket': engine.socket, 'storage.allowed_host_paths': host });
  /** Makes a sandbox, and does something just before the engine hears of a request. */
  const createWhile = async (body: object, requests: RegExp, act: () => void) => {
    engine.hold(requests);
    const answer = control.post('/v1/sandboxes', body);
    await until(() => engine.held > 0, 'the engine is about to be asked');
    act();
    engine.release();
    return await answer;
  };
  /** Exchanges a directory for a link to the outside, or for another directory. */
  const exchange = (path: string, link = true) => {
    renameSync(path, `${path}-as-it-was`);
    if (link) symlinkSync(outside, path);
    else mkdirSync(path);
  };
  const untouched = async () => {
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.deepEqual(await containersOf(lives.store), []);
  };

  for (const [what, requests] of [
    ['started', /^POST \/containers\/\w+\/start/],
    ['made', /^POST \/containers\/create\?name/],
  ] as const) {
    await t.test(`when the container is ${what}: of the host`, async () => {
      const path = join(host, what);
      mkdirSync(join(path, 'dir'), { recursive: true });
      const body = marking({ host: { path: join(path, 'dir') } });
      const response = await createWhile(body, requests, () => exchange(join(path, 'dir')));
      const { message } = await refused(response, 'VOLUME::HOST_PATH_NOT_ALLOWED', 'volumes.0.host.path');
      assert.match(message, /another directory/);
      await untouched();
    });

    for (const link of [true, false]) {
      await t.test(
        `when the container is ${what}: in a named volume, for a ${link ? 'link' : 'directory'}`,
        async (t) => {
          const claimName = volumeName(t);
          const body = marking({ pvc: { claimName }, subPath: 'a/b' });
          const path = `/var/lib/docker/volumes/${claimName}/_data/a/b`;
          const response = await createWhile(body, requests, () => exchange(path, link));
          const { code } = (await response.json()) as { code: string };
          // Where the host's root isn't shared, the engine itself doesn't follow a link out of its own directory.
          assert.match(
            code,
            link ? /^VOLUME::INVALID_SUB_PATH$|^DOCKER::SANDBOX_START_FAILED$/ : /^VOLUME::INVALID_SUB_PATH$/,
          );
          await untouched();
        },
      );
    }
  }

  await t.test('a link at the place of a volume in another one, which leads over Cubby’s own programs', async () => {
    const outer = join(host, 'outer');
    mkdirSync(join(outer, 'inner'), { recursive: true });
    writeFileSync(join(outer, 'inner/init'), '#!/bin/sh\nsleep 100\n', { mode: 0o755 });
    const volumes = [
      { name: 'outer', host: { path: outer }, mountPath: '/data' },
      { name: 'inner', host: { path: outer }, mountPath: '/data/inner/x', subPath: 'inner' },
    ];
    symlinkSync('/.cubby/pack', join(outer, 'inner/x'));
    const planted = await control.post('/v1/sandboxes', createRequest({ volumes }));
    await refused(planted, 'VOLUME::INVALID_MOUNT_PATH', 'volumes.1.mountPath');
    renameSync(join(outer, 'inner/x'), join(outer, 'x'));
    const swapped = await createWhile(createRequest({ volumes }), /^POST \/containers\/\w+\/start/, () =>
      renameSync(join(outer, 'x'), join(outer, 'inner/x')),
    );
    await refused(swapped, 'VOLUME::INVALID_MOUNT_PATH', 'volumes.1.mountPath');
    await untouched();
  });

  await t.test('and another sandbox can’t put one there, since such volumes aren’t shared', async () => {
    const path = join(host, 'shared');
    const nested = [
      { name: 'outer', host: { path }, mountPath: '/data' },
      { name: 'inner', host: { path: join(host, 'inner') }, mountPath: '/data/inner' },
    ];
    const create = (volumes: object[]) => control.post('/v1/sandboxes', createRequest({ volumes }));
    const readers = [{ name: 'v', host: { path }, mountPath: '/data', readOnly: true }];
    const writers = [{ name: 'v', host: { path: `${path}/below` }, mountPath: '/data' }];
    for (const [first, second, index] of [
      [nested, writers, 0],
      [writers, nested, 0],
    ] as const) {
      const { id } = await control.create({ volumes: first });
      await refused(await create(second), 'VOLUME::INVALID_MOUNT_PATH', `volumes.${index}.mountPath`);
      if (first === nested) {
        const { id: reader } = await control.create({ volumes: readers });
        assert.equal((await control.delete(reader)).status, 204);
      }
      assert.equal((await control.delete(id)).status, 204);
    }
    await untouched();
  });
});

engineTest(
  'while another sandbox exchanges a directory for a link, none that is made with it sees the outside',
  async (t) => {
    const [host, outside] = [hostDirectory(t), outsideOf(t)];
    const control = await startTestControl(t, { 'storage.allowed_host_paths': host });
    const claimName = volumeName(t);
    const shared = join(host, 'shared');
    const attacker = await control.create({
      volumes: [
        { name: 'host', host: { path: shared }, mountPath: '/host' },
        { name: 'named', pvc: { claimName, deleteOnSandboxTermination: true }, mountPath: '/named' },
      ],
    });
    const agent = await control.agent(attacker.id);
    copyFileSync(buildProgram('swap.c'), join(shared, 'swap'));
    const attacks: string[] = [];
    for (const place of ['/host', '/named']) {
      const prepare = `cd ${place} && mkdir dir && echo inside >dir/inside && ln -s ${outside} link`;
      assert.equal((await agent.run(prepare)).exitCode, 0);
      attacks.push(await agent.background(`exec /host/swap ${place}/dir ${place}/link`));
    }

    const outcomes: Record<string, number> = {};
    const waiting = Array.from({ length: victims }, (_, i) =>
      i % 2 === 0 ? { host: { path: join(shared, 'dir') } } : { pvc: { claimName }, subPath: 'dir' },
    );
    const make = async () => {
      for (let volume = waiting.pop(); volume; volume = waiting.pop()) {
        const outcome = await tryVolume(control, volume);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, make));
    t.diagnostic(JSON.stringify(outcomes));
    assert.deepEqual(readdirSync(outside), ['secret'], 'nothing was written outside');
    for (const attack of attacks) {
      const status = (await (await agent.fetch(`/command/status/${attack}`)).json()) as { running: boolean };
      assert.ok(status.running, 'the attack went on all the time');
    }
    assert.deepEqual(await containersOf(control.store), [attacker.id]);
    assert.equal((await control.delete(attacker.id)).status, 204);
    assert.equal(await findVolume(claimName), undefined);
  },
  { timeout: 280_000 },
);

/** Makes a sandbox with a volume, looks into that, and says what came of it. */
async function tryVolume(control: ControlClient, volume: object): Promise<string> {
  const response = await control.post('/v1/sandboxes', marking(volume));
  if (response.status !== 202) {
    const { code, message } = (await response.json()) as { code: string; message: string };
    assert.match(code, /^VOLUME::(HOST_PATH_NOT_ALLOWED|INVALID_SUB_PATH)$|^DOCKER::SANDBOX_START_FAILED$/, message);
    if (code === 'DOCKER::SANDBOX_START_FAILED') return 'refused by the engine';
    return /another directory/.test(message) ? 'caught after the start' : 'seen before';
  }
  const { id } = (await response.json()) as Sandbox;
  const { stdout } = await (await control.agent(id)).run('cat /data/inside /data/secret');
  assert.equal((await control.delete(id)).status, 204);
  assert.equal(stdout, 'inside');
  return 'made';
}
