import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import { ApiError } from '../../../../shared/api/errors.ts';
import { engineTest } from '../../../support/engine.ts';
import { openLab, until } from './lab.ts';

let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cubby-engine-'));
});

after(() => rm(directory, { recursive: true, force: true }));

const lab = openLab();

/** A program in place of nft. */
async function filter(name: string, script: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Another runtime on the lab's store, with other options. */
async function variant(network: object, deadlines: object = {}): Promise<DockerRuntime> {
  const { options } = await lab();
  return new DockerRuntime({ ...options, network, deadlines });
}

engineTest('when a rule can’t be set the sandbox is ended, and its entrypoint has never run', async () => {
  const { runtime, spec, look } = await lab();
  // It fails inside of sandboxes only, so the host's rules are no excuse.
  const nft = await filter(
    'fails',
    'case "$(cat)" in *"table inet cubby {"*) echo "no such chain" >&2; exit 1;; esac; exec nft "$@"',
  );
  const failing = await variant({ nft });
  await runtime.create(spec('unshut', { entrypoint: ['sh', '-c', 'echo the entrypoint ran'] }));
  await assert.rejects(failing.start('unshut'), { code: 'NETWORK_RULES_FAILED', message: /no such chain/ });
  assert.equal((await runtime.inspect('unshut'))?.state, 'exited');
  assert.equal(await look('unshut', '{{.State.ExitCode}}'), '137');
  assert.doesNotMatch((await runtime.logs('unshut', {})).text, /^the entrypoint ran/m);
  await runtime.remove('unshut');
});

engineTest('rules that are said to be set and aren’t there end the sandbox as well', async () => {
  const { runtime, spec } = await lab();
  const nft = await filter('lies', '[ "$1" = -f ] && { cat >/dev/null; exit 0; }; exec nft "$@"');
  await runtime.create(spec('lied-to'));
  await assert.rejects((await variant({ nft })).start('lied-to'), { code: 'NETWORK_RULES_FAILED' });
  assert.equal((await runtime.inspect('lied-to'))?.state, 'exited');
  await runtime.remove('lied-to');
});

engineTest('a filter program that never ends is ended at its deadline, and the sandbox with it', async () => {
  const { runtime, spec } = await lab();
  const nft = await filter('hangs', '[ "$1" = -f ] && exec sleep 1000; exec nft "$@"');
  await runtime.create(spec('hung'));
  await assert.rejects((await variant({ nft }, { rules: 300 })).start('hung'), {
    code: 'NETWORK_RULES_FAILED',
    message: /300 ms/,
  });
  assert.equal((await runtime.inspect('hung'))?.state, 'exited');
  await runtime.remove('hung');
});

engineTest('a pack that can’t boot, or isn’t there, is a failed start with the reason', async () => {
  const { options, spec, runtime } = await lab();
  const broken = await mkdtemp(join(directory, 'pack-'));
  await chmod(broken, 0o755);
  const withIt = new DockerRuntime({ ...options, pack: { path: broken } });
  await withIt.create(spec('packless'));
  await assert.rejects(withIt.start('packless'), { code: 'DOCKER::SANDBOX_START_FAILED', message: /pack\/init/ });
  await writeFile(join(broken, 'init'), '#!/bin/sh\nexit 3\n');
  await chmod(join(broken, 'init'), 0o755);
  await withIt.create(spec('unbootable'));
  await assert.rejects(
    async () => {
      await withIt.start('unbootable');
      // It was still alive when it was looked at.
      const { exitCode } = await until('its end', async () => {
        const facts = await runtime.inspect('unbootable');
        return facts?.state === 'exited' && facts;
      });
      throw new ApiError('DOCKER::SANDBOX_START_FAILED', `exit code ${exitCode}`);
    },
    { code: 'DOCKER::SANDBOX_START_FAILED', message: /exit code 3/ },
  );
  const nowhere = new DockerRuntime({ ...options, pack: { path: join(broken, 'nothing') } });
  await assert.rejects(nowhere.create(spec('nowhere')), { code: 'SANDBOX::INVALID_PARAMETER', message: /nothing/ });
});

engineTest('without a filter program nothing starts, and the check says so beforehand', async () => {
  const { runtime, spec } = await lab();
  const without = await variant({ nft: join(directory, 'not-there') });
  await assert.rejects(without.check(), { code: 'NETWORK_RULES_FAILED', message: /not-there/ });
  await runtime.create(spec('no-nft'));
  await assert.rejects(without.start('no-nft'), { code: 'NETWORK_RULES_FAILED' });
  assert.equal((await runtime.inspect('no-nft'))?.state, 'exited');
  await runtime.remove('no-nft');
});

engineTest('a name to be closed that leads nowhere keeps everything closed', async () => {
  const { runtime, spec } = await lab();
  await runtime.create(spec('nameless'));
  const nameless = await variant({ block: ['database.invalid'] });
  await assert.rejects(nameless.start('nameless'), { code: 'NETWORK_RULES_FAILED', message: /database\.invalid/ });
  assert.equal((await runtime.inspect('nameless'))?.state, 'exited');
  await runtime.remove('nameless');
});

engineTest('a port of names that is taken is a failure at start that says which', async () => {
  await (await lab()).runtime.check();
  const second = await variant({});
  await assert.rejects(second.check(), { code: 'DOCKER::INITIALIZATION_ERROR', message: /port 53.*EADDRINUSE/ });
  await second.close();
});
