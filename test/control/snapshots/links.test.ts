import assert from 'node:assert/strict';
import { startTestControl } from '../../support/control.ts';
import { createRequest } from '../../support/control-client.ts';
import { engineTest } from '../../support/engine.ts';
import { refused } from '../../support/refused.ts';
import { makeSnapshot } from '../../support/snapshots.ts';
import { until } from '../../support/until.ts';

/** Where what is mounted for Cubby would come to lie where the sandbox can write, and its user then moves the directory around it. */
const traps = {
  '/.cubby': 'mv /.cubby /moved; mkdir -p /workspace/x; ln -s /workspace/x /.cubby',
  '/workspace': 'mkdir /elsewhere; rm -rf /workspace; ln -s /elsewhere /workspace',
  '/tmp': 'mkdir /elsewhere; rm -rf /tmp; ln -s /elsewhere /tmp',
};

for (const [place, trap] of Object.entries(traps)) {
  engineTest(`no hardened sandbox is made from a snapshot in which ${place} is a link`, async (t) => {
    const control = await startTestControl(t);
    // By the entrypoint: commands are not run any more once the agent's own files are moved away.
    const line = `while [ ! -e /go ]; do sleep 0.01; done; ${trap}; exec sleep 1000`;
    const { id } = await control.create({ entrypoint: ['/bin/sh', '-c', line] });
    const agent = await control.agent(id);
    await agent.run('touch /go').catch(() => undefined);
    const isSet = async () => {
      const response = await agent.fetch(`/files/info?path=${place}`);
      const info = (await response.json()) as Record<string, { type?: string }>;
      return info[place]?.type === 'symlink';
    };
    await until(isSet, 'the trap is set');
    const snapshot = await makeSnapshot(control, id);
    const extensions = { 'cubby.profile': 'hardened' };
    const request = { ...createRequest({ image: undefined, extensions }), snapshotId: snapshot.id };
    const { message } = await refused(
      await control.post('/v1/sandboxes', request),
      'SANDBOX::INVALID_PARAMETER',
      'image',
    );
    assert.match(message, new RegExp(`at ${place}, where a hardened sandbox`));
  });
}
