import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { smallImage, startTestControl } from '../../support/control.ts';
import { createRequest } from '../../support/control-client.ts';
import { engineTest } from '../../support/engine.ts';
import { refused } from '../../support/refused.ts';
import { deleteSnapshot, makeSnapshot, restore } from '../../support/snapshots.ts';

const run = promisify(execFile);

engineTest('no sandbox is made from a snapshot by the name or the id of its image, whosever it is', async (t) => {
  const [control, other] = await Promise.all([startTestControl(t), startTestControl(t)]);
  const sandbox = await control.create();
  const { id: snapshot } = await makeSnapshot(control, sandbox.id);
  const engine = new Docker();
  const { Id } = await engine.getImage(`cubby-snapshots:${snapshot}`).inspect();
  const alias = `cubby-test-alias:${process.pid}`;
  await run('docker', ['tag', Id, alias]);
  const bySomebodyElse = `cubby-test-upon:${process.pid}`;
  try {
    const spellings = [
      `cubby-snapshots:${snapshot}`,
      `library/cubby-snapshots:${snapshot}`,
      `docker.io/cubby-snapshots:${snapshot}`,
      `docker.io/library/cubby-snapshots:${snapshot}`,
      `index.docker.io/library/cubby-snapshots:${snapshot}`,
      `cubby-snapshots:${snapshot}@${Id}`,
      `cubby-snapshots@${Id}`,
      // Whether they are there or not, nobody learns.
      'cubby-snapshots',
      'cubby-snapshots:no-such-snapshot',
      Id,
      Id.slice('sha256:'.length),
      Id.slice('sha256:'.length, 'sha256:'.length + 12),
      alias,
    ];
    for (const asker of [control, other]) {
      for (const uri of spellings) {
        const answer = await asker.post('/v1/sandboxes', createRequest({ image: { uri } }));
        await refused(answer, 'SANDBOX::INVALID_PARAMETER', 'image.uri');
      }
    }
    // What somebody builds upon one, and gives a name, is theirs to use: it has a snapshot's label by inheritance only.
    const container = await engine.createContainer({ Image: Id, Cmd: ['true'] });
    const [repo, tag] = bySomebodyElse.split(':');
    await container.commit({ repo, tag });
    await container.remove();
    for (const uri of [bySomebodyElse, smallImage]) {
      const { id } = await other.create({ image: { uri } });
      await other.delete(id);
    }
    await control.delete((await restore(control, snapshot)).id);
  } finally {
    await run('docker', ['rmi', alias, bySomebodyElse]);
  }
  await control.delete(sandbox.id);
  await deleteSnapshot(control, snapshot);
});
