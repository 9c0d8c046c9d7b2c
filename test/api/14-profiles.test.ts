import assert from 'node:assert/strict';
import Docker from 'dockerode';
import { pidOf } from '../support/containers.ts';
import { smallImage, startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { statusOf } from '../support/processes.ts';
import { refused } from '../support/refused.ts';

engineTest('extensions choose between a machine of one’s own and a hardened one', async (t) => {
  const control = await startTestControl(t);

  await t.test('standard: root in it, with a writable root, and no new privileges for anybody', async () => {
    const { id } = await control.create({ extensions: { 'cubby.profile': 'standard' } });
    const agent = await control.agent(id);
    const { stdout } = await agent.run(
      'id -u; touch /new && echo written; grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status',
    );
    assert.deepEqual(stdout.split('\n').slice(0, 3), ['0', 'written', 'NoNewPrivs:\t1']);
    assert.match(stdout, /^Seccomp:\t2$/m);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('hardened: user 1000 without any capability, a read-only root, 256 processes', async () => {
    const { id } = await control.create({ extensions: { 'cubby.profile': 'hardened' }, resourceLimits: {} });
    const agent = await control.agent(id);
    const { stdout } = await agent.run('id -u; id -g; cat /proc/self/status');
    assert.match(stdout, /^1000\n1000\n/);
    for (const line of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      assert.match(stdout, new RegExp(`^${line}:\t0+$`, 'm'));
    }
    assert.match(stdout, /^NoNewPrivs:\t1$/m);
    assert.match(stdout, /^Seccomp:\t2$/m);

    const writes = await agent.run('for d in / /bin /root /workspace /tmp; do touch $d/x 2>/dev/null && echo $d; done');
    assert.equal(writes.stdout, '/workspace\n/tmp');
    assert.equal((await agent.run('pwd')).stdout, '/workspace', 'the image names no working directory');
    const pids = await agent.run('cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null');
    assert.equal(pids.stdout, '256');

    const status = statusOf(await pidOf(control.store, id, /^sleep/));
    assert.match(status, /^Uid:\t1000\t1000\t1000\t1000$/m);
    assert.match(status, /^CapEff:\t0+$/m);
    assert.match(status, /^CapBnd:\t0+$/m);

    const asRoot = await agent.post('/command', { command: 'id', uid: 0 });
    const { message } = await refused(asRoot, 'USER_NOT_ALLOWED', 'uid');
    assert.match(message, /1000/);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test(
    'hardened: what its image declares to be a volume can be written too, and what lies beside it can’t',
    async () => {
      const engine = new Docker();
      const base = await engine.createContainer({ Image: smallImage, Cmd: ['sh', '-c', 'mkdir -m 777 /data /beside'] });
      const tag = `cubby-test-volumes-${process.pid}`;
      try {
        await base.start();
        await base.wait();
        await base.commit({ repo: tag, changes: 'VOLUME /data' });
      } finally {
        await base.remove();
      }
      try {
        const { id } = await control.create({ image: { uri: tag }, extensions: { 'cubby.profile': 'hardened' } });
        const agent = await control.agent(id);
        const writes = await agent.run('for d in /data /beside; do touch $d/x 2>/dev/null && echo $d; done');
        assert.equal(writes.stdout, '/data');
        assert.equal((await control.delete(id)).status, 204);
      } finally {
        await engine.getImage(tag).remove();
      }
    },
  );

  await t.test('another is refused', async () => {
    const response = await control.post('/v1/sandboxes', createRequest({ extensions: { 'cubby.profile': 'soft' } }));
    const { expected } = await refused(response, 'SANDBOX::INVALID_PARAMETER', 'extensions.cubby.profile');
    assert.equal(expected, 'standard or hardened');
  });
});
