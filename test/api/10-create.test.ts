import assert from 'node:assert/strict';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { smallImage, startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';

/** A create is answered when its entrypoint was started; what that does then is waited for. */
const untilSaid = 'until [ -e /said ]; do sleep 0.02; done';

engineTest('POST /sandboxes makes a computer of one’s own', async (t) => {
  const control = await startTestControl(t);

  await t.test('it runs when the answer comes, which says all there is to know of it', async () => {
    const before = Date.now();
    const metadata = { project: 'spec', 'example.com/team': 'blue', empty: '' };
    const response = await control.post('/v1/sandboxes', createRequest({ metadata, timeout: 3600 }));
    assert.equal(response.status, 202);
    const sandbox = (await response.json()) as Sandbox;
    const { id, createdAt, expiresAt, status, ...rest } = sandbox;
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(response.headers.get('location'), `/v1/sandboxes/${id}`);
    assert.equal(new Date(createdAt).toISOString(), createdAt);
    assert.ok(Date.parse(createdAt) >= before && Date.parse(createdAt) <= Date.now());
    assert.equal(Date.parse(expiresAt!), Date.parse(createdAt) + 3_600_000);
    const { lastTransitionAt, ...state } = status;
    assert.deepEqual(state, { state: 'Running', reason: 'container_running', message: 'The agent answers.' });
    assert.ok(Date.parse(lastTransitionAt) >= Date.parse(createdAt));
    const disk = { limitBytes: 10 * 1024 ** 3 };
    assert.deepEqual(rest, { metadata, entrypoint: ['/bin/sh', '-c', 'exec sleep 100000'], tier: 'running', disk });

    // What it has written may have been looked at meanwhile.
    const { image: _, ...shown } = await control.get(id);
    assert.equal(shown.disk?.limitBytes, disk.limitBytes);
    assert.deepEqual({ ...shown, disk }, sandbox);
    const { stdout, exitCode } = await (await control.agent(id)).run('echo "it is $((6 * 7))"');
    assert.deepEqual([stdout, exitCode], ['it is 42', 0]);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('the version may be left out, and what a later protocol asks for is passed over', async () => {
    const body = createRequest({ env: null, metadata: null, volumes: [], networkPolicy: {}, invented: { a: 1 } });
    const response = await control.post('/sandboxes', { ...body, resourceLimits: { memory: '64Mi', disk: '1Gi' } });
    assert.equal(response.status, 202, await response.clone().text());
    const { id } = (await response.json()) as Sandbox;
    assert.equal((await control.fetch(`/sandboxes/${id}`)).status, 200);
    assert.equal((await control.fetch(`/sandboxes/${id}`, { method: 'DELETE' })).status, 204);
  });

  await t.test('without a time-out it lives until it is deleted, and nothing in the answer is null', async () => {
    const response = await control.post('/v1/sandboxes', createRequest({ timeout: undefined, metadata: undefined }));
    const text = await response.text();
    assert.doesNotMatch(text, /null/);
    const sandbox = JSON.parse(text) as Sandbox;
    assert.ok(!('expiresAt' in sandbox));
    assert.deepEqual(sandbox.metadata, {});
    const shown = await control.get(sandbox.id);
    assert.deepEqual(shown.image, { uri: smallImage });
    assert.ok(!('expiresAt' in shown) && !('platform' in shown));
    assert.equal((await control.delete(sandbox.id)).status, 204);
  });

  await t.test(
    'the entrypoint runs with the request’s environment over the image’s, and may be any program',
    async () => {
      const sandbox = await control.create({
        entrypoint: [
          '/bin/sh',
          '-c',
          'echo "$0|$1|$A|$B" >/saying; mv /saying /said; exec sleep 1000',
          'zero',
          'with space & "quotes"',
        ],
        env: { A: 'a "quoted" $value\nof two lines', B: '', PATH: '/bin:/usr/bin', GONE: null },
        platform: { os: 'linux', arch: process.arch === 'x64' ? 'amd64' : process.arch },
      });
      assert.equal(sandbox.platform?.os, 'linux');
      const agent = await control.agent(sandbox.id);
      const { stdout } = await agent.run(`${untilSaid}; cat /said; echo "$A|$PATH"; env | grep GONE || echo none`);
      const a = 'a "quoted" $value\nof two lines';
      assert.equal(stdout, `zero|with space & "quotes"|${a}|\n${a}|/bin:/usr/bin\nnone`);
      assert.equal((await control.delete(sandbox.id)).status, 204);
    },
  );

  await t.test('64 MiB and a tenth of a processor are enough', async () => {
    const { id } = await control.create({ resourceLimits: { memory: '64Mi', cpu: '100m' } });
    const agent = await control.agent(id);
    const command = 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null';
    assert.equal((await agent.run(command)).stdout, String(64 * 1024 * 1024));
    const flood = await agent.run('yes 0123456789 | head -n 2000');
    assert.deepEqual([flood.stdout.length, flood.exitCode], [2000 * 11 - 1, 0]);
    assert.equal((await control.delete(id)).status, 204);
  });
});
