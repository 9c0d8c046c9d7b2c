import assert from 'node:assert/strict';
import { engineTest } from '../../../support/engine.ts';
import { busybox, openLab, succeed } from './lab.ts';

const lab = openLab();

engineTest('an image that the engine has is told as the engine has it, and never pulled', async () => {
  const { runtime } = await lab();
  const image = 'cubby-test-facts:1';
  const changes = ['ENTRYPOINT ["/bin/sh", "-c"]', 'CMD ["id"]', 'WORKDIR /srv', 'USER 7:8', 'ENV A=b', 'ENV C="d e"'];
  const base = (await succeed('docker', ['create', busybox])).output.trim();
  try {
    await succeed('docker', ['commit', ...changes.flatMap((change) => ['--change', change]), base, image]);
    const { id, env, ...facts } = await runtime.image(image);
    assert.match(id, /^sha256:[0-9a-f]{64}$/);
    assert.ok(env.includes('A=b') && env.includes('C=d e'));
    assert.deepEqual(facts, { user: '7:8', workdir: '/srv', entrypoint: ['/bin/sh', '-c'], cmd: ['id'] });
    assert.equal((await runtime.image(id)).id, id);
  } finally {
    await succeed('docker', ['rm', base]);
    await succeed('docker', ['rmi', image]);
  }
});

engineTest('an image that can’t be pulled is told with the engine’s reason', async () => {
  const { runtime } = await lab();
  // Nobody listens there.
  const uri = '127.0.0.1:1/no/such-image:1';
  await assert.rejects(runtime.image(uri), {
    code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
    message: /no\/such-image:1: .*127\.0\.0\.1:1/,
  });
});

engineTest('what is no name of an image is refused before the engine hears of it', async () => {
  const { runtime, spec } = await lab();
  for (const uri of [
    '',
    'UPPER',
    'a b',
    '../../containers/json',
    'x?y=z',
    'x'.repeat(10_000),
    'a//b',
    'a:\n',
    'a@sha256:1',
  ]) {
    await assert.rejects(runtime.image(uri), { code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', field: 'image.uri' }, uri);
    await assert.rejects(runtime.create(spec('name', { image: uri })), { code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED' });
  }
});

engineTest('a sandbox of an image that is gone says so', async () => {
  const { runtime, spec } = await lab();
  await assert.rejects(runtime.create(spec('gone', { image: 'cubby-test-absent:1' })), {
    code: 'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
  });
});
