import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from '../../support/until.ts';
import { refusedWith, type World } from './world.ts';

const texts = (lines: { text: string }[]) => lines.map(({ text }) => text);

/** Claims about commands. */
export async function commandClaims(t: TestContext, world: World): Promise<void> {
  const { commands, files } = world.sandbox;

  await t.test('a command’s output and exit code come back', async () => {
    const run = await commands.run('echo "$GREETING"; echo trouble >&2; exit 7');
    assert.deepEqual([texts(run.logs.stdout), texts(run.logs.stderr), run.exitCode], [['hello'], ['trouble'], 7]);
    assert.equal((await commands.run('true')).exitCode, 0);
  });

  await t.test('directory, variables, user and time-out are as asked for', async () => {
    const options = { workingDirectory: '/usr/lib', envs: { EXTRA: 'a b' }, uid: 1000, gid: 1000 };
    const run = await commands.run('pwd; echo "$EXTRA"; id -u', options);
    assert.deepEqual(texts(run.logs.stdout), ['/usr/lib', 'a b', '1000']);
    const slow = await commands.run('echo begun; exec sleep 1000', { timeoutSeconds: 5 });
    assert.deepEqual([texts(slow.logs.stdout), slow.exitCode], [['begun'], -1]);
    await refusedWith(commands.run('true', { workingDirectory: '/nowhere' }), 400, 'WORKING_DIRECTORY_NOT_FOUND');
  });

  await t.test('a stream’s lines arrive while the command runs', async () => {
    const seen: string[] = [];
    const command = 'rm -f /tmp/go; echo first; while [ ! -e /tmp/go ]; do sleep 0.01; done; echo second';
    for await (const event of commands.runStream(command)) {
      if (event.type !== 'stdout') continue;
      seen.push(event.text ?? '');
      // It would wait for ever if the first line were kept back until the end.
      if (event.text === 'first') await files.writeFiles([{ path: '/tmp/go', data: 'go' }]);
    }
    assert.deepEqual(seen, ['first', 'second']);
  });

  await t.test(
    'the stream ends with the command: a dozen are done before something that takes two minutes',
    async () => {
      const { id } = await commands.run('exec sleep 120', { background: true });
      for (let count = 0; count < 12; count += 1) assert.equal((await commands.run('true')).exitCode, 0);
      assert.equal((await commands.getCommandStatus(id!)).running, true);
      await commands.interrupt(id!);
    },
  );

  await t.test('a background command is followed by status and logs, and interrupted', async () => {
    const { id } = await commands.run('echo started; exec sleep 1000', { background: true });
    assert.equal((await commands.getCommandStatus(id!)).running, true);
    await until(async () => (await commands.getBackgroundCommandLogs(id!)).content !== '', 'it has begun');
    await commands.interrupt(id!);
    const status = await commands.getCommandStatus(id!);
    assert.deepEqual([status.running, status.finishedAt instanceof Date], [false, true]);
    const { content, cursor } = await commands.getBackgroundCommandLogs(id!);
    assert.equal(content, 'started\n');
    assert.equal((await commands.getBackgroundCommandLogs(id!, cursor)).content, '');
    await refusedWith(commands.interrupt('none'), 404, 'COMMAND_NOT_FOUND');
  });
}
