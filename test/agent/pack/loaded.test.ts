import assert from 'node:assert/strict';
import { busybox, succeed } from '../../control/runtimes/docker/lab.ts';
import { startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';

/** Files by which an image names code that is to be loaded into every program, or into every program with OpenSSL. */
const files = {
  '/etc/ld.so.preload': '/image.so\n',
  '/etc/ssl/openssl.cnf': `nodejs_conf = init
[init]
providers = all
[all]
image = image
[image]
module = /image.so
activate = 1
`,
};

engineTest('nothing that an image has to be loaded into programs is loaded into the agent', async (t) => {
  const image = 'cubby-test-loaded:1';
  const lines = Object.entries(files).map(
    ([path, text]) => `mkdir -p ${path.replace(/\/[^/]*$/, '')}; printf %s '${text}' >${path}`,
  );
  // What loads code says so when it can't.
  const base = (
    await succeed('docker', ['run', '-d', '--network', 'none', busybox, 'sh', '-c', lines.join('; ')])
  ).output.trim();
  t.after(async () => {
    await succeed('docker', ['rm', base]);
    await succeed('docker', ['rmi', image]);
  });
  await succeed('docker', ['wait', base]);
  await succeed('docker', ['commit', base, image]);
  await t.test('in a sandbox', async (test) => {
    const control = await startTestControl(test);
    const { id } = await control.create({ image: { uri: image }, extensions: { 'cubby.profile': 'hardened' } });
    const log = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/logs`)).text();
    assert.doesNotMatch(log, /image\.so|openssl/i);
    const { stdout } = await (await control.agent(id)).run('cat /etc/ld.so.preload');
    assert.equal(stdout, '/image.so');
  });
});
