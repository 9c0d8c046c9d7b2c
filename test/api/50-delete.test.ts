import assert from 'node:assert/strict';
import { containersOf, volumesOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

engineTest('DELETE /sandboxes/{id} ends a sandbox with all it holds', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ extensions: { 'cubby.profile': 'hardened' } });
  const agent = await control.agent(id);
  assert.equal((await agent.run('trap "" TERM; echo mine >/workspace/file; (sleep 1000 &) ; exit 0')).exitCode, 0);

  await t.test('two at once are both answered with 204, and then there is nothing', async () => {
    const responses = await Promise.all([control.delete(id), control.fetch(`/sandboxes/${id}`, { method: 'DELETE' })]);
    assert.deepEqual(
      responses.map(({ status }) => status),
      [204, 204],
    );
    assert.deepEqual(await Promise.all(responses.map((response) => response.text())), ['', '']);
    assert.deepEqual([await containersOf(control.store), await volumesOf(control.store)], [[], 0]);
  });

  await t.test('afterwards it is unknown', async () => {
    await refused(await control.delete(id), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    await refused(await control.fetch(`/v1/sandboxes/${id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    await refused(await control.fetch(`/v1/sandboxes/${id}/endpoints/80`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    await refused(await agent.fetch('/ping'), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    await refused(await control.delete('nobody'), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });

  await t.test('a stream that is open ends with it, and does not hold it up', async () => {
    const next = await control.create();
    const client = await control.agent(next.id);
    const response = await client.post('/command', { command: 'echo first; sleep 1000' });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    while (!seen.includes('first')) seen += (await reader.read()).value;
    assert.equal((await control.delete(next.id)).status, 204);
    const rest = await restOf(reader);
    assert.doesNotMatch(rest, /execution_complete|CommandExecError/);
  });
});

/** What still comes of a stream, whether it ends or breaks off. */
async function restOf(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return rest;
      rest += value;
    }
  } catch {
    return rest;
  }
}
