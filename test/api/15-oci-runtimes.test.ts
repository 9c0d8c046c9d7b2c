import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

engineTest('which OCI runtime runs a sandbox is the administrator’s word, and the request’s within it', async (t) => {
  const control = await startTestControl(t, { 'docker.oci_runtime': 'runc' });

  await t.test('what is allowed is had by name, and diagnostics say which it was', async () => {
    const { id } = await control.create({ extensions: { 'cubby.runtime': 'runc' } });
    const text = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/inspect`)).text();
    assert.match(text, /^ {2}OCI runtime: +runc$/m);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('another is refused with what there is, and none is put in its place', async () => {
    for (const name of ['runsc', 'RUNC', '', ' runc', 'x'.repeat(10_000)]) {
      const answer = await control.post('/v1/sandboxes', createRequest({ extensions: { 'cubby.runtime': name } }));
      const problem = await refused(answer, 'SANDBOX::RUNTIME_NOT_AVAILABLE', 'extensions.cubby.runtime');
      assert.equal(problem.expected, 'one of runc');
    }
    const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: unknown[] };
    assert.deepEqual(items, []);
  });
});

engineTest('an OCI runtime that isn’t there stops the start, with its name and with what is there', async (t) => {
  for (const setting of ['docker.oci_runtime', 'docker.allowed_oci_runtimes']) {
    await assert.rejects(startTestControl(t, { [setting]: 'nobody-has-this' }), {
      code: 'DOCKER::INITIALIZATION_ERROR',
      message: new RegExp(`does not know the OCI runtime nobody-has-this; it knows .*runc.*${setting}`),
    });
  }
});
