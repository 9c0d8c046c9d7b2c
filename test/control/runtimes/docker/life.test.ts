import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { DockerRuntime } from '../../../../control/runtimes/docker/docker.ts';
import type { RuntimeEvent } from '../../../../control/runtimes/runtime.ts';
import { engineTest } from '../../../support/engine.ts';
import { busybox, openLab, program, succeed, until } from './lab.ts';

const lab = openLab();
const neighbours = openLab();

engineTest('a sandbox is created, started, ended and removed, and its state is told at every step', async () => {
  const { runtime, spec, container } = await lab();
  assert.equal(await runtime.inspect('life'), undefined);
  await runtime.create(spec('life'));
  assert.deepEqual(await runtime.inspect('life'), { id: 'life', state: 'created', startedAt: '' });
  await runtime.start('life');
  const running = await runtime.inspect('life');
  assert.equal(running?.state, 'running');
  assert.match(running.startedAt, /^20\d\d-/);
  await runtime.pause('life');
  assert.deepEqual(await runtime.inspect('life'), { ...running, state: 'paused' });
  await runtime.pause('life');
  await runtime.unpause('life');
  // An engine that hears of the pause late takes it for paused once more, for a moment.
  await until('it runs again', async () => (await runtime.inspect('life'))?.state === 'running');
  assert.deepEqual(await runtime.inspect('life'), running);
  await runtime.unpause('life');
  await succeed('docker', ['stop', '-t', '60', container('life')]);
  const ended = await runtime.inspect('life');
  assert.deepEqual([ended?.state, ended?.exitCode, ended?.outOfMemory], ['exited', 143, false]);
  await assert.rejects(runtime.pause('life'), { code: 'DOCKER::SANDBOX_PAUSE_FAILED', message: /not running/ });
  await assert.rejects(runtime.unpause('life'), { code: 'DOCKER::SANDBOX_RESUME_FAILED' });
  await runtime.remove('life');
  await assert.rejects(runtime.pause('life'), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
  assert.equal(await runtime.inspect('life'), undefined);
});

engineTest('a second container for the same sandbox is refused, and the first goes on', async () => {
  const { runtime, run, spec } = await lab();
  await run('twice');
  await assert.rejects(runtime.create(spec('twice')), {
    code: 'DOCKER::SANDBOX_START_FAILED',
    message: /already in use/,
  });
  assert.equal((await runtime.inspect('twice'))?.state, 'running');
});

engineTest('a restart by hand changes the time of the start', async () => {
  const { runtime, run, container } = await lab();
  await run('restarted');
  const before = await runtime.inspect('restarted');
  await succeed('docker', ['restart', '-t', '0', container('restarted')]);
  const after = await runtime.inspect('restarted');
  assert.notEqual(after?.startedAt, before?.startedAt);
});

engineTest('what the engine finds wrong with a limit is a bad parameter', async () => {
  const { runtime, spec } = await lab();
  const limits = { spool: 1024 * 1024 };
  for (const wrong of [{ cpu: 10_000 }, { memory: 1024 }]) {
    const one = spec('limits', { limits: { ...limits, ...wrong } });
    await assert.rejects(runtime.create(one), { code: 'SANDBOX::INVALID_PARAMETER' }, JSON.stringify(wrong));
  }
  assert.equal(await runtime.inspect('limits'), undefined);
});

engineTest('an environment that would smuggle another variable in is refused', async () => {
  const { runtime, spec } = await lab();
  const smuggling: Record<string, string>[] = [{ 'CUBBY_TOKEN=x': 'y' }, { '': 'y' }, { A: 'b\0CUBBY_TOKEN=x' }];
  for (const env of smuggling) {
    await assert.rejects(runtime.create(spec('env', { env })), {
      code: 'SANDBOX::INVALID_PARAMETER',
    });
  }
});

engineTest('environment and arguments arrive as they are, a large one too', async () => {
  const { run, shell } = await lab();
  const large = 'x'.repeat(100_000);
  await run('env', { env: { LARGE: large, ODD: 'a=b "c" $d\ne ü', LANG: 'C.UTF-8' } });
  const { output } = await shell('env', 'tr "\\0" "\\001" < /proc/1/environ');
  const entries = output.split('\u0001');
  assert.ok(entries.includes(`LARGE=${large}`));
  assert.ok(entries.includes('ODD=a=b "c" $d\ne ü'));
});

engineTest('removing twice, at the same time, or what was never there succeeds', async () => {
  const { runtime, run } = await lab();
  await run('gone');
  await Promise.all([runtime.remove('gone'), runtime.remove('gone'), runtime.remove('gone')]);
  await runtime.remove('gone');
  await runtime.remove('never-there');
  assert.equal(await runtime.inspect('gone'), undefined);
});

engineTest('a frozen sandbox can be removed', async () => {
  const { runtime, run } = await lab();
  await run('frozen');
  await runtime.pause('frozen');
  await runtime.remove('frozen');
  assert.equal(await runtime.inspect('frozen'), undefined);
});

engineTest('the volumes of a removed sandbox are removed with it', async () => {
  const { runtime, run, store } = await lab();
  await run('volumes', { profile: 'hardened' });
  const count = async () =>
    (await succeed('docker', ['volume', 'ls', '-q', '--filter', `label=cubby.store=${store}`])).output
      .trim()
      .split('\n').length;
  const before = await count();
  await runtime.remove('volumes');
  assert.equal(await count(), before - 2);
});

engineTest('the list has every container of the store, whatever its state, and none of another store’s', async () => {
  const { runtime, run, spec, container } = await neighbours();
  const other = await lab();
  await other.run('stranger');
  await run('one');
  await runtime.create(spec('two'));
  await run('three');
  await succeed('docker', ['kill', container('three')]);
  await until('its end', async () => (await runtime.inspect('three'))?.state === 'exited');
  const found = (await runtime.list()).map(({ id, state }) => `${id} ${state}`).sort();
  assert.deepEqual(found, ['one running', 'three exited', 'two created']);
});

engineTest('a container of another store is never touched, even by its name', async () => {
  const mine = await lab();
  const name = mine.container('foreign');
  await succeed('docker', ['run', '-d', '--name', name, '--network', 'none', busybox, 'sleep', '1000']);
  try {
    assert.equal(await mine.runtime.inspect('foreign'), undefined);
    await mine.runtime.remove('foreign');
    await assert.rejects(mine.runtime.start('foreign'), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
    assert.equal((await succeed('docker', ['inspect', '-f', '{{.State.Status}}', name])).output.trim(), 'running');
  } finally {
    await succeed('docker', ['rm', '-f', name]);
  }
});

engineTest('a container that only inherited a sandbox’s labels is no sandbox', async () => {
  const { runtime, store } = await lab();
  const labels = ['--label', `cubby.store=${store}`, '--label', 'cubby.sandbox=inherited'];
  const { output } = await succeed('docker', ['run', '-d', ...labels, '--network', 'none', busybox, 'sleep', '1000']);
  try {
    assert.ok((await runtime.list()).every(({ id }) => id !== 'inherited'));
  } finally {
    await succeed('docker', ['rm', '-f', output.trim()]);
  }
});

engineTest('events tell of starts, pauses, ends and removals of this store only, and begin with “resync”', async () => {
  const { runtime, run, shell } = await lab();
  const other = await neighbours();
  const stop = new AbortController();
  const seen: RuntimeEvent[] = [];
  const watching = (async () => {
    for await (const event of runtime.events(stop.signal)) seen.push(event);
  })();
  await until('resync', async () => seen.length > 0);
  await other.run('noise');
  await run('watched');
  await runtime.pause('watched');
  await runtime.unpause('watched');
  await shell('watched', 'kill -TERM 1');
  await until('its end', async () => seen.some(({ kind }) => kind === 'ended'));
  await runtime.remove('watched');
  await until('its removal', async () => seen.some(({ kind }) => kind === 'removed'));
  stop.abort();
  await watching;
  // An engine may tell a pause and its end twice.
  assert.deepEqual(
    [...new Set(seen.map((event) => JSON.stringify(event)))].map((event) => JSON.parse(event)),
    [
      { kind: 'resync' },
      { kind: 'started', id: 'watched' },
      { kind: 'paused', id: 'watched' },
      { kind: 'unpaused', id: 'watched' },
      { kind: 'ended', id: 'watched' },
      { kind: 'removed', id: 'watched' },
    ],
  );
});

engineTest('logs hold both streams, and the last lines only when asked', async () => {
  const { runtime, run, shell } = await lab();
  await run('speaks', { entrypoint: ['sh', '-c', 'echo one; echo two >&2; echo three; sleep 1000'] });
  const later = new Date(Date.now() + 3_600_000);
  await shell('speaks', 'touch /.cubby/spool/go');
  // The engine reads the two streams apart, so which of two lines came first is known within one only.
  const log = await until('its words', async () => {
    const lines = (await runtime.logs('speaks', {})).text.split('\n');
    return lines.includes('two') && lines.includes('three') && lines;
  });
  assert.match(log[0] ?? '', /^init boot /);
  assert.ok(log.indexOf('one') < log.indexOf('three'));
  assert.deepEqual(await runtime.logs('speaks', { tail: 2 }), { text: log.slice(-3).join('\n'), isCut: true });
  assert.equal((await runtime.logs('speaks', { tail: log.length - 1 })).isCut, false);
  assert.equal((await runtime.logs('speaks', { tail: log.length - 2 })).isCut, true);
  assert.equal((await runtime.logs('speaks', { tail: 0 })).text, '');
  assert.equal((await runtime.logs('speaks', { tail: -5 })).text, '');
  assert.equal((await runtime.logs('speaks', { since: later })).text, '');
  await assert.rejects(runtime.logs('nobody', {}), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
});

engineTest('of a flood of output no more than a mebibyte is read, in whole lines', async () => {
  const { runtime, run, shell } = await lab();
  const line = `yes ${'0123456789'.repeat(13)} | head -c 3000000; touch /.cubby/spool/done; sleep 1000`;
  await run('floods', { entrypoint: ['sh', '-c', line] });
  await shell('floods', 'touch /.cubby/spool/go');
  await until('its end', async () => (await shell('floods', 'ls /.cubby/spool')).output.includes('done'));
  const flood = await until('all of it', async () => {
    const { text, isCut } = await runtime.logs('floods', { tail: Number.MAX_SAFE_INTEGER });
    return text.length > 1_000_000 && isCut && text;
  });
  assert.ok(flood.length <= 1024 * 1024);
  assert.match(flood, /^0123/);
});

engineTest('use of processor, memory and processes is read from the kernel, and ends with the sandbox', async () => {
  const { runtime, run, shell, container } = await lab();
  await run('busy');
  // From then on there are its first process and the entrypoint.
  await shell('busy', 'touch /.cubby/spool/go; until ps -o args | grep -q "^sleep 1000"; do sleep 0.02; done');
  await shell('busy', 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done');
  const usage = await runtime.usage('busy');
  assert.ok(usage !== undefined);
  assert.ok(usage.cpuSeconds > 0.05 && usage.cpuSeconds < 60, String(usage.cpuSeconds));
  assert.ok(usage.memoryBytes > 10_000 && usage.memoryBytes < 64 * 1024 * 1024);
  assert.equal(usage.memoryLimitBytes, 64 * 1024 * 1024);
  assert.ok((usage.pids ?? 0) >= 2);
  await runtime.pause('busy');
  const frozen = await runtime.usage('busy');
  assert.ok(frozen !== undefined && frozen.cpuSeconds >= usage.cpuSeconds);
  await runtime.unpause('busy');
  await succeed('docker', ['kill', container('busy')]);
  await until('its end', async () => (await runtime.usage('busy')) === undefined);
  assert.equal(await runtime.usage('nobody'), undefined);
});

engineTest('a runtime that has been closed and opened again finds everything by itself', async () => {
  const { runtime, run, options } = await lab();
  await run('found');
  const later = new DockerRuntime(options);
  assert.ok((await later.list()).some(({ id }) => id === 'found'));
  assert.ok((await later.usage('found')) !== undefined);
  await later.remove('found');
  assert.equal(await runtime.inspect('found'), undefined);
});

engineTest('the facts name what is in force here, and what is weaker than usual', async () => {
  const { runtime } = await lab();
  const facts = await runtime.check();
  assert.match(facts.version, /^\d+\./);
  assert.match(facts.cgroupVersion, /^[12]$/);
  assert.ok(facts.security.includes('seccomp'));
  const { output } = await program('docker', ['info', '--format', '{{.SecurityOptions}}']);
  assert.equal(facts.security.includes('apparmor'), output.includes('apparmor'));
});

engineTest(
  'a line in the engine’s file says which sandbox it is of, and a description of one has no value of a variable',
  async () => {
    const { runtime, run, look, store, shell } = await lab();
    await run('collected', { entrypoint: ['sh', '-c', 'echo hello; sleep 1000'], env: { SECRET: 'a-secret-value' } });
    await shell('collected', 'touch /.cubby/spool/go');
    const path = await look('collected', '{{.LogPath}}');
    const line = await until('its words', async () => {
      const lines = (await readFile(path, 'utf8')).split('\n').filter((text) => text.includes('hello\\n'));
      return lines.length > 0 && (JSON.parse(lines.at(-1)!) as { attrs: object });
    });
    assert.deepEqual(line.attrs, { 'cubby.sandbox': 'collected', 'cubby.store': store });
    const described = await runtime.describe('collected');
    assert.deepEqual([described?.state, described?.environment], ['running', ['PATH', 'SECRET']]);
    assert.ok(described?.mounts.some((mount) => mount.path === '/.cubby/pack' && !mount.writable));
    assert.equal(described?.networks[0]?.addresses.length, 1);
    assert.doesNotMatch(JSON.stringify(described), /a-secret-value|a-token-of/);
    const [first = ''] = (await runtime.logs('collected', { tail: 1, timestamps: true })).text.split('\n');
    assert.match(first, /^\d{4}-\d\d-\d\dT[\d:.]+Z hello$/);
    assert.equal(await runtime.describe('nobody'), undefined);
  },
);
