import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { ContainerSpec, Runtime, RuntimeEvent } from '../../../control/runtimes/runtime.ts';
import { callAgent } from '../../../control/sandboxes/agent.ts';
import { until } from '../../support/until.ts';

/** A runtime, ready to be asked, and what is its own about it. */
export interface Subject {
  runtime: Runtime;
  /** Another of the same store, as a control has that was started again. */
  again(): Promise<Runtime>;
  /** One of another store on the same machine. */
  other(): Promise<Runtime>;
  /** What a sandbox has to be made of here. */
  base: Pick<ContainerSpec, 'image' | 'network'>;
}

const token = 'a-token-of-at-least-sixteen-characters';

/** What control relies on, whatever runs sandboxes: the port's own words (control/runtimes/runtime.ts), held against the real thing. */
export async function conformance(t: TestContext, { runtime, again, other, base }: Subject): Promise<void> {
  const spec = (id: string, change: Partial<ContainerSpec> = {}): ContainerSpec => ({
    id,
    ...base,
    profile: 'standard',
    entrypoint: ['/bin/sh', '-c', 'echo "it runs, $NAME"; exec sleep 100000'],
    env: { NAME: 'ada' },
    keepHome: false,
    user: '',
    workdir: '/',
    token,
    limits: { memory: 256 * 1024 * 1024, pids: 256, spool: 8 * 1024 * 1024 },
    mounts: [],
    settings: {},
    ...change,
  });
  const state = async (id: string) => (await runtime.inspect(id))?.state;
  /** Waits for the agent, and lets the entrypoint go. */
  const letGo = (id: string, by = runtime) =>
    until(
      () =>
        callAgent(by, { id, token }, { method: 'POST', path: '/entrypoint', signal: AbortSignal.timeout(60_000) }).then(
          () => true,
          (error: { code?: string }) => {
            if (error.code !== 'AGENT_UNREACHABLE') throw error;
            return false;
          },
        ),
      'the agent answers',
      60_000,
    );
  const run = async (id: string, change?: Partial<ContainerSpec>) => {
    await runtime.create(spec(id, change));
    await runtime.start(id);
    await letGo(id);
  };

  await t.test('of what was never made there is nothing, and its removal succeeds', async () => {
    const id = randomUUID();
    assert.equal(await runtime.inspect(id), undefined);
    assert.equal(await runtime.describe(id), undefined);
    assert.equal(await runtime.usage(id), undefined);
    await assert.rejects(runtime.logs(id, {}), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
    await assert.rejects(runtime.start(id), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
    await assert.rejects(runtime.pause(id), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
    await assert.rejects(runtime.unpause(id), { code: 'DOCKER::SANDBOX_NOT_FOUND' });
    await assert.rejects(runtime.connect(id), { code: 'AGENT_UNREACHABLE' });
    await runtime.remove(id);
    for (const wrong of ['', '../x', 'a/b', 'a\0b']) {
      await assert.rejects(runtime.inspect(wrong), { code: 'DOCKER::SANDBOX_NOT_FOUND' }, JSON.stringify(wrong));
    }
  });

  await t.test('made, started, frozen, let go on, ended and removed: its state is told at every step', async () => {
    const id = randomUUID();
    await runtime.create(spec(id));
    assert.deepEqual(await runtime.inspect(id), { id, state: 'created', startedAt: '' });
    await assert.rejects(runtime.create(spec(id)), { code: 'DOCKER::SANDBOX_START_FAILED' }, 'there is one already');
    await runtime.start(id);
    const running = await runtime.inspect(id);
    assert.equal(running?.state, 'running');
    assert.match(running.startedAt, /^20\d\d-/);
    await letGo(id);
    await runtime.pause(id);
    assert.deepEqual(await runtime.inspect(id), { ...running, state: 'paused' });
    await runtime.pause(id);
    assert.equal(await state(id), 'paused');
    await runtime.unpause(id);
    assert.deepEqual(await runtime.inspect(id), running);
    await runtime.unpause(id);
    await letGo(id);
    assert.deepEqual(
      (await runtime.list()).map((facts) => facts.id),
      [id],
    );
    await runtime.remove(id);
    assert.equal(await runtime.inspect(id), undefined);
    await runtime.remove(id);
  });

  await t.test('the entrypoint’s output, what it uses and what is known of it can be had, and no secret', async () => {
    const id = randomUUID();
    await run(id);
    const said = async () => (await runtime.logs(id, {})).text;
    await until(async () => (await said()).includes('it runs, ada\n'), 'its output is there');
    const timed = await runtime.logs(id, { tail: 1, timestamps: true });
    assert.match(timed.text, /^20\d\d-\d\d-\d\dT[\d:.]+Z .*\n$/);
    const usage = await runtime.usage(id);
    assert.ok(usage && usage.memoryBytes > 1024 * 1024 && usage.cpuSeconds >= 0, JSON.stringify(usage));
    const about = await runtime.describe(id);
    assert.ok(about?.environment.includes('NAME'));
    assert.doesNotMatch(JSON.stringify(about), new RegExp(`${token}|"ada"|TOKEN`));
    await runtime.remove(id);
  });

  await t.test('it ends with its entrypoint, whose exit code is told', async () => {
    const id = randomUUID();
    await run(id, { entrypoint: ['/bin/sh', '-c', 'echo last words; sleep 1; exit 7'] });
    await until(async () => (await state(id)) === 'exited', 'it has ended', 60_000);
    const { exitCode, outOfMemory } = (await runtime.inspect(id))!;
    assert.deepEqual([exitCode, outOfMemory], [7, false]);
    assert.equal(await runtime.usage(id), undefined);
    assert.match((await runtime.logs(id, {})).text, /last words/);
    await assert.rejects(runtime.pause(id), { code: 'DOCKER::SANDBOX_PAUSE_FAILED' });
    await assert.rejects(runtime.connect(id), { code: 'AGENT_UNREACHABLE' });
    await runtime.remove(id);
  });

  await t.test('events begin with “resync” and tell what happens, in its order', async () => {
    const id = randomUUID();
    const enough = new AbortController();
    const heard: RuntimeEvent['kind'][] = [];
    const listening = (async () => {
      for await (const event of runtime.events(enough.signal)) {
        if (event.kind === 'resync' || event.id === id) heard.push(event.kind);
      }
    })();
    const hears = (kind: RuntimeEvent['kind']) => until(() => heard.includes(kind), `“${kind}” is told`, 60_000);
    await hears('resync');
    await run(id);
    await hears('started');
    await runtime.pause(id);
    await hears('paused');
    await runtime.unpause(id);
    await hears('unpaused');
    await runtime.remove(id);
    await hears('removed');
    enough.abort();
    await listening;
    // Once in 200 times an engine tells a pause and its end twice: as its own deed, and as containerd's, late.
    assert.deepEqual([...new Set(heard)], ['resync', 'started', 'paused', 'unpaused', 'ended', 'removed']);
    assert.ok(heard.lastIndexOf('unpaused') > heard.lastIndexOf('paused'), heard.join());
  });

  await t.test(
    'one that is stopped, frozen or not, has ended; started again it has its files and begins anew',
    async () => {
      const id = randomUUID();
      const line = 'echo x >> kept; echo "started $(wc -l < kept)"; trap "exit 0" TERM; while :; do sleep 0.1; done';
      await run(id, { entrypoint: ['/bin/sh', '-c', line] });
      const said = (text: string) =>
        until(async () => (await runtime.logs(id, {})).text.includes(text), `it says ${text}`, 60_000);
      await said('started 1');
      const { startedAt } = (await runtime.inspect(id))!;
      await runtime.stop(id, 60);
      const stopped = await runtime.inspect(id);
      assert.equal(stopped?.state, 'exited');
      // A container says that it was told to end, whatever its entrypoint makes of that; a process of this machine can't tell by whom.
      assert.ok([0, 128 + 15].includes(stopped.exitCode!), `${stopped.exitCode}`);
      await runtime.stop(id, 60);
      await runtime.start(id);
      await letGo(id);
      await said('started 2');
      assert.notEqual((await runtime.inspect(id))?.startedAt, startedAt);
      await runtime.pause(id);
      await runtime.stop(id, 60);
      assert.equal(await state(id), 'exited');
      await runtime.remove(id);
    },
  );

  await t.test('a frozen one can be removed', async () => {
    const id = randomUUID();
    await run(id);
    await runtime.pause(id);
    await runtime.remove(id);
    assert.equal(await runtime.inspect(id), undefined);
  });

  await t.test(
    'control started again finds all of it and can go on with it; another store sees none of it',
    async () => {
      const id = randomUUID();
      await run(id);
      await runtime.pause(id);
      const next = await again();
      assert.deepEqual(await next.list(), await runtime.list());
      await next.unpause(id);
      await letGo(id, next);
      assert.match((await next.logs(id, {})).text, /it runs, ada/);
      const stranger = await other();
      assert.deepEqual(await stranger.list(), []);
      assert.equal(await stranger.inspect(id), undefined);
      await stranger.remove(id);
      assert.equal(await state(id), 'running');
      assert.ok((await next.stores()).some(({ sandboxes }) => sandboxes.some((one) => one.id === id)));
      await next.remove(id);
      assert.equal(await runtime.inspect(id), undefined);
    },
  );
}
