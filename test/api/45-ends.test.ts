import assert from 'node:assert/strict';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { startTestControl, type TestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';
import { untimed } from '../support/untimed.ts';

const untilGo = 'until [ -e /go ]; do sleep 0.02; done';

/** Lets an entrypoint that waits for /go run on, and returns what control says of the sandbox when it has ended. */
async function endOf(control: TestControl, id: string, command = 'touch /go') {
  // The sandbox may end before this is answered.
  await (await control.agent(id)).run(command).catch(() => {});
  await until(async () => /Terminated|Failed/.test((await control.get(id)).status.state), 'it has ended');
  const { status } = await control.get(id);
  return [status.state, status.reason, status.message];
}

engineTest('a sandbox ends with its entrypoint, and is told of for a while', async (t) => {
  const control = await startTestControl(t);
  const waiting = (after: string) =>
    control.create({ entrypoint: ['/bin/sh', '-c', `echo begun; ${untilGo}; ${after}`] });
  const [good, bad, killed, greedy] = await Promise.all([
    waiting('echo done; exit 0'),
    waiting('echo "no such thing" >&2; exit 3'),
    waiting('exit 0'),
    // A file that is all zeros has no line end: tail keeps it in memory.
    waiting('exec tail /dev/zero'),
  ]);

  const words = async (id: string) =>
    untimed(await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/logs`)).text());

  await t.test('its output can be read while it runs', async () => {
    const url = `/v1/sandboxes/${good.id}/diagnostics/logs`;
    const response = await control.fetch(url);
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(response.status, 200);
    for (const { id } of [good, bad]) await until(async () => (await words(id)) === 'begun\n', 'it has begun');
    await refused(await control.fetch(`${url}?tail=0`), 'INVALID_PARAMETER', 'tail');
    await refused(await control.fetch(`${url}?tail=banana`), 'INVALID_PARAMETER', 'tail');
  });

  await t.test('by itself, with exit code 0: Terminated', async () => {
    const end = await endOf(control, good.id);
    assert.deepEqual(end, ['Terminated', 'entrypoint_exited', 'The entrypoint ended with exit code 0.']);
  });

  await t.test('with another exit code: Failed', async () => {
    const end = await endOf(control, bad.id);
    assert.deepEqual(end, ['Failed', 'entrypoint_failed', 'The entrypoint ended with exit code 3.']);
  });

  await t.test('by a signal: Failed, with the exit code that a shell would give', async () => {
    const end = await endOf(control, killed.id, 'kill -9 $(ps -o pid,args | grep "[u]ntil" | cut -c1-6)');
    assert.deepEqual(end, ['Failed', 'entrypoint_failed', 'The entrypoint ended with exit code 137.']);
  });

  await t.test('for want of memory: Failed, and that is told', async () => {
    const end = await endOf(control, greedy.id);
    assert.deepEqual(end.slice(0, 2), ['Failed', 'out_of_memory']);
    assert.match(end[2]!, /out of memory/);
  });

  await t.test('its last words can be read afterwards, and nothing else is left of it', async () => {
    assert.deepEqual([await words(good.id), await words(bad.id)], ['begun\ndone\n', 'begun\nno such thing\n']);
    const agent = await control.agent(bad.id);
    const { message } = await refused(await agent.fetch('/ping'), 'DOCKER::SANDBOX_NOT_RUNNING');
    assert.match(message, /Failed: The entrypoint ended with exit code 3/);
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const renewal = await control.post(`/v1/sandboxes/${bad.id}/renew-expiration`, { expiresAt });
    await refused(renewal, 'DOCKER::SANDBOX_NOT_RUNNING');
    assert.equal((await control.delete(bad.id)).status, 204);
    await refused(await control.fetch(`/v1/sandboxes/${bad.id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });
});

engineTest('an entrypoint that can’t run makes no sandbox, and the error says why', async (t) => {
  const control = await startTestControl(t);
  const failures: [string, string[], RegExp][] = [
    ['it does not exist', ['/no/such/program'], /No such file or directory/],
    ['it is a directory', ['/bin'], /Permission denied/],
    ['it is not on the PATH', ['no-such-program'], /No such file or directory/],
  ];
  const outcomes = failures.map(async ([what, entrypoint, expected]) => {
    const response = await control.post('/v1/sandboxes', createRequest({ entrypoint }));
    const { message } = await refused(response, 'DOCKER::SANDBOX_START_FAILED');
    assert.match(message, expected, what);
  });
  await Promise.all(outcomes);
  assert.deepEqual(await (await control.fetch('/v1/sandboxes')).json(), {
    items: [],
    pagination: { page: 1, pageSize: 20, totalItems: 0, totalPages: 0, hasNextPage: false },
  });
});

engineTest('one that ends at once makes no sandbox, or is told of as ended by a caller who was faster', async (t) => {
  const control = await startTestControl(t);
  const cases: [string[], RegExp, RegExp][] = [
    [['/bin/sh', '-c', 'echo "what it said"; exit 7'], /exit code 7.*what it said/s, /^Failed .*exit code 7\.$/],
    // As the entrypoint of many an image does, which has nobody to talk to.
    [['/bin/sh'], /exit code 0.*has to run/s, /^Terminated .*exit code 0\.$/],
  ];
  for (const [entrypoint, error, end] of cases) {
    const response = await control.post('/v1/sandboxes', createRequest({ entrypoint }));
    if (response.status !== 202) {
      const { message } = await refused(response, 'DOCKER::SANDBOX_START_FAILED');
      assert.match(message, error);
      continue;
    }
    const { id } = (await response.json()) as Sandbox;
    await until(async () => /Terminated|Failed/.test((await control.get(id)).status.state), 'it has ended');
    const { status } = await control.get(id);
    assert.match(`${status.state} ${status.message}`, end);
    assert.equal((await control.delete(id)).status, 204);
  }
  const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: Sandbox[] };
  assert.deepEqual(items, []);
});
