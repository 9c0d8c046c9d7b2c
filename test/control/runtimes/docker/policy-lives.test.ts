import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import { engineTest } from '../../../support/engine.ts';
import { openGatedLab, policy } from './gated.ts';
import { program, until } from './lab.ts';

// Seconds, in place of minutes: long enough for a busy machine to use what it was told.
const network = { lives: { grace: 6, longest: 8 } };
const { zone, server, policies, policyOf, lab, outside, start } = await openGatedLab(network);

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cubby-filter-'));
});
after(() => rm(directory, { recursive: true, force: true }));

/** Another runtime on the lab's store, as a later process has it. */
async function later(more: object = {}): Promise<DockerRuntime> {
  const { options } = await lab();
  return new DockerRuntime({ ...options, policyOf, network: { ...options.network, ...more } });
}

/** A program in place of nft. */
async function filter(name: string, script: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

engineTest('what was opened closes again when its time is over, and a connection that was begun goes on', async () => {
  const { public: open } = await outside();
  zone['brief.example'] = { addresses: [open], ttl: 0 };
  const { reach, hold } = await start('brief', policy('-', '+brief.example'));
  const { length, isThere } = await hold('brief.example');
  await until('ticks', async () => (await length()) > 10);
  await until('its door is shut', async () => /refused/.test(await reach(open)));
  const then = await length();
  await until('more ticks', async () => (await length()) > then + 100);
  assert.ok(await isThere());
  assert.equal(await reach('brief.example'), 'outside');
});

engineTest('an answer is never of use for longer than its address is open', async () => {
  const { public: open } = await outside();
  zone['endless.example'] = { addresses: [open], ttl: 2 ** 31 - 1 };
  const { sh, rules } = await start('endless', policy('-', '+endless.example'));
  const gateway = (await sh(`ip route | sed -n 's/default via \\([0-9.]*\\).*/\\1/p'`)).output.trim();
  assert.match((await sh(`nslookup -debug endless.example ${gateway}`)).output, new RegExp(open));
  assert.match(await rules(), /timeout 8s/);
});

engineTest('a later process goes by the same policies, and knows what was opened for which name', async () => {
  const [first = '', second = ''] = (await outside()).others;
  zone['kept.example'] = { addresses: [first], ttl: 60 };
  zone['dropped.example'] = { addresses: [second], ttl: 60 };
  const { runtime } = await lab();
  const { reach, hold, set } = await start('outlives', policy('-', '+kept.example', '+dropped.example'));
  const { length, isThere } = await hold('kept.example');
  assert.equal(await reach('dropped.example'), 'outside');
  await runtime.close();
  const next = await later();
  try {
    await next.check();
    assert.equal(await reach('kept.example'), 'outside');
    assert.notEqual(await reach('denied.example'), 'outside');
    // It is told about another policy, and cuts what that denies, of which it has never heard itself.
    await set(policy('-', '+kept.example'), next);
    assert.match(await reach(second), /refused/);
    const before = await length();
    await until('more ticks', async () => (await length()) > before);
    await set(policy('-', '+dropped.example'), next);
    await until('its end', async () => !(await isThere()));
  } finally {
    await next.close();
    await runtime.check();
  }
});

engineTest(
  'a later process that finds other rules than the policy asks for sets them right at the first question',
  async () => {
    const { public: open } = await outside();
    zone['kept.example'] = { addresses: [open], ttl: 60 };
    const { runtime } = await lab();
    const { ask, rules, reach } = await start('halfway', policy('+', '-12.0.0.0/8'));
    await runtime.close();
    const next = await later();
    try {
      // As when a process ends between writing a policy down and putting it in force.
      policies.set('halfway', policy('-', '+kept.example'));
      await next.check();
      assert.match(await ask('other.example'), /NXDOMAIN|can't find/);
      assert.doesNotMatch(await rules(), /12\.0\.0\.0/);
      assert.match(await reach(open), /refused/);
    } finally {
      await next.close();
      await runtime.check();
    }
  },
);

engineTest('if a rule of its policy can’t be set a sandbox does not run', async () => {
  const { runtime, spec, look } = await lab();
  const nft = await filter(
    'fails',
    'case "$(cat)" in *"set listed4"*) echo "no sets here" >&2; exit 1;; esac; exec nft "$@"',
  );
  policies.set('unset', policy('-', '+a.example'));
  await runtime.create(spec('unset'));
  await assert.rejects((await later({ nft })).start('unset'), {
    code: 'NETWORK_RULES_FAILED',
    message: /no sets here/,
  });
  assert.equal(await look('unset', '{{.State.Status}} {{.State.ExitCode}}'), 'exited 137');
});

engineTest('a change that can’t be set is refused, and the policy before holds', async () => {
  const { public: open } = await outside();
  zone['good.example'] = { addresses: [open], ttl: 60 };
  zone['new.example'] = { addresses: [open], ttl: 60 };
  const broken = join(directory, 'broken');
  const nft = await filter('breaks', `[ -e ${broken} ] && { echo "out of order" >&2; exit 1; }; exec nft "$@"`);
  const { runtime } = await lab();
  await runtime.close();
  const breaking = await later({ nft });
  try {
    await breaking.check();
    const { reach, ask, set, rules } = await start('breaks', policy('-', '+good.example'), breaking);
    assert.equal(await reach('good.example'), 'outside');
    const untouched = await rules();
    await writeFile(broken, '');
    await assert.rejects(set(policy('-', '+new.example'), breaking), {
      code: 'NETWORK_RULES_FAILED',
      message: /out of order/,
    });
    policies.set('breaks', policy('-', '+good.example'));
    const shape = (text: string) => text.replaceAll(/expires \S+/g, '').replaceAll(/elements = \{[^}]*\}/g, '');
    assert.equal(shape(await rules()), shape(untouched));
    // While it can't be known what is in force, no name has an answer.
    assert.doesNotMatch(await ask('new.example'), new RegExp(open));
    assert.doesNotMatch(await ask('good.example'), new RegExp(open));
    await rm(broken);
    await until('it is set right', async () => (await ask('good.example')).includes(open));
    assert.doesNotMatch(await ask('new.example'), new RegExp(open));
    // An address that can't be opened is not told.
    zone['late.good.example'] = { addresses: [open], ttl: 60 };
    await set(policy('-', '+*.good.example'), breaking);
    await writeFile(broken, '');
    assert.doesNotMatch(await ask('late.good.example'), new RegExp(open));
    await rm(broken);
    assert.match(await ask('late.good.example'), new RegExp(open));
  } finally {
    await rm(broken, { force: true });
    await breaking.close();
    await runtime.check();
  }
});

engineTest('a paused sandbox has its rules, and can be given others', async () => {
  const { public: open } = await outside();
  zone['good.example'] = { addresses: [open], ttl: 60 };
  const { reach, set } = await start('frozen', policy('-', '+good.example'));
  const { runtime } = await lab();
  assert.equal(await reach('good.example'), 'outside');
  await runtime.pause('frozen');
  await set(policy('-', '+other.example'));
  await runtime.unpause('frozen');
  assert.match(await reach(open), /refused/);
  assert.notEqual(await reach('good.example'), 'outside');
});

engineTest('a sandbox can’t ask as another, and one that asks without end takes nothing from the others', async () => {
  const { public: open } = await outside();
  const { look } = await lab();
  zone['good.example'] = { addresses: [open], ttl: 60 };
  const mine = await start('honest', policy('-', '+good.example'));
  const theirs = await start('greedy', policy('-', '+*.flood.example'));
  const template = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.Gateway}}{{end}}';
  const [address = '', gateway = ''] = (await look('honest', template)).split(' ');
  const inside = async (...command: string[]) => program('nsenter', ['--net', '-t', await theirs.pid(), ...command]);
  // Even with rights that no sandbox has.
  await inside('ip', 'addr', 'add', `${address}/32`, 'dev', 'eth0');
  const asked = server.asked.length;
  const query = `const s = require('node:dgram').createSocket('udp4');
    s.bind(0, '${address}', () => s.send(Buffer.from('000101000001000000000000' + '04676f6f64076578616d706c6500' + '00010001', 'hex'), 53, '${gateway}', () => s.close()));`;
  await inside(process.execPath, '-e', query);
  await inside('ip', 'addr', 'del', `${address}/32`, 'dev', 'eth0');
  assert.equal(server.asked.length, asked);
  const flood = `i=0; while [ $i -lt 400 ]; do nslookup n$i.flood.example ${gateway} & i=$((i+1)); done; wait`;
  const flooding = theirs.sh(`(${flood}) >/dev/null 2>&1`);
  for (let n = 0; n < 5; n += 1) assert.match(await mine.ask('good.example'), new RegExp(open));
  await flooding;
});
