import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import { engineTest, needsEngine } from '../../../support/engine.ts';
import { openGatedLab, policy } from './gated.ts';
import { busybox, succeed } from './lab.ts';
import { listenHere, ownAddress } from './outside.ts';

const image = `cubby-test-helper:${randomBytes(4).toString('hex')}`;
if (needsEngine() === undefined) await buildHelper();
const here = await listenHere();
// First the lab is taken apart, then the image that its helpers are of.
const { zone, outside, start, lab } = await openGatedLab({ helperImage: image });
after(async () => {
  await here.close();
  if (needsEngine() === undefined) await succeed('docker', ['rmi', image]);
});

/** An image with what a helper needs: a shell, and this machine's nft with its libraries. */
async function buildHelper(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'cubby-helper-'));
  try {
    const nft = (await succeed('sh', ['-c', 'command -v nft'])).output.trim();
    const libraries = (await succeed('ldd', [nft])).output.match(/\/\S+/g) ?? [];
    for (const path of [nft, ...libraries]) {
      await mkdir(join(root, dirname(path)), { recursive: true });
      await cp(path, join(root, path), { dereference: true });
    }
    await writeFile(join(root, 'Dockerfile'), `FROM ${busybox}\nCOPY . /\n`);
    await succeed('env', ['DOCKER_BUILDKIT=0', 'docker', 'build', '--quiet', '--tag', image, root]);
  } finally {
    await rm(root, { recursive: true });
  }
}

engineTest('rules are set by a helper container where control can’t enter the sandbox itself', async () => {
  const { run, shell, look, store } = await lab();
  await run('helped');
  assert.match((await shell('helped', `nc -w 20 ${ownAddress()} ${here.port} </dev/null`)).output, /refused/);
  const pid = await look('helped', '{{.State.Pid}}');
  assert.match((await succeed('nsenter', ['--net', '-t', pid, 'nft', 'list', 'tables'])).output, /table inet cubby$/m);
  const table = `table inet cubby_${store.slice(0, 8)}`;
  assert.ok((await succeed('nft', ['list', 'tables'])).output.includes(table));
  const left = await succeed('docker', ['ps', '-aq', '--filter', `label=cubby.helper=${store}`]);
  assert.equal(left.output, '');
});

engineTest('a helper that fails ends the sandbox, with what the filter program said', async () => {
  const { runtime, spec, options } = await lab();
  await runtime.create(spec('unhelped'));
  // The list of exceptions is too long for a command line.
  const allow = Array.from({ length: 50_000 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`);
  const failing = new DockerRuntime({ ...options, network: { helperImage: image, allow } });
  await assert.rejects(failing.start('unhelped'), { code: 'NETWORK_RULES_FAILED', message: /too many/ });
  assert.equal((await runtime.inspect('unhelped'))?.state, 'exited');
  const absent = new DockerRuntime({ ...options, network: { helperImage: 'cubby-test-absent:1' } });
  await runtime.create(spec('imageless'));
  await assert.rejects(absent.start('imageless'), { code: 'NETWORK_RULES_FAILED', message: /cubby-test-absent/ });
  const without = new DockerRuntime({ ...options, network: { helperImage: busybox } });
  await runtime.create(spec('without'));
  await assert.rejects(without.start('without'), { code: 'NETWORK_RULES_FAILED', message: /nft.*not found/ });
});

engineTest('helpers that a killed control left behind are gone after the next check', async () => {
  const { runtime, store } = await lab();
  await succeed('docker', ['create', '--label', `cubby.helper=${store}`, busybox, 'true']);
  await runtime.check();
  const left = await succeed('docker', ['ps', '-aq', '--filter', `label=cubby.helper=${store}`]);
  assert.equal(left.output, '');
});

engineTest('a policy is set, and its names opened, by helper containers as well', async () => {
  const { public: open } = await outside();
  zone['good.example'] = { addresses: [open] };
  const { reach, ask, set, rules } = await start('gated', policy('-', '+good.example'));
  assert.match(await reach(open), /refused/);
  assert.equal(await reach('good.example'), 'outside');
  assert.match(await rules(), /comment "good\.example"/);
  const { runtime, options } = await lab();
  await runtime.close();
  const next = new DockerRuntime(options);
  try {
    // A later process reads by a helper too what was opened before it.
    await set(policy('-', '+good.example', '+other.example'), next);
    assert.equal(await reach(open), 'outside');
    await set(policy('-', '+other.example'), next);
    assert.match(await reach(open), /refused/);
  } finally {
    await next.close();
    await runtime.check();
  }
  assert.doesNotMatch(await ask('denied.example'), new RegExp(open));
});

engineTest('as many rules as a policy may have are set by a helper container', async () => {
  const { public: open, public6: open6 } = await outside();
  const many = Array.from({ length: 4094 }, (_, n) => `+2a11:${n.toString(16)}:ffff:eeee:dddd:cccc:bbbb:aaaa`);
  const { reach } = await start('many', policy('-', ...many, `+${open}`, `+${open6}`));
  assert.equal(await reach(open), 'outside');
});
