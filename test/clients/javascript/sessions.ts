import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ServerStreamEvent } from '@alibaba-group/opensandbox';
import { refusedWith, type World } from './world.ts';

/** Claims about bash sessions. */
export async function sessionClaims(t: TestContext, { sandbox: { commands } }: World): Promise<void> {
  await t.test('a session is a shell that goes on: directory, functions and variables are still there', async () => {
    const session = await commands.createSession({ workingDirectory: '/usr' });
    await commands.runInSession(session, 'kept=here; greet() { echo "$1 and $kept"; }; cd lib');
    const run = await commands.runInSession(session, 'greet hello; pwd; (exit 5)');
    assert.deepEqual([run.logs.stdout.map(({ text }) => text), run.exitCode], [['hello and here', '/usr/lib'], 5]);
    const slow = await commands.runInSession(session, 'sleep 1000', { timeoutSeconds: 1 });
    assert.ok(slow.exitCode !== 0);
    const seen: string[] = [];
    const options = { workingDirectory: '/tmp' };
    for await (const { type, text } of (commands as unknown as Streaming).runInSessionStream(session, 'pwd', options)) {
      if (type === 'stdout') seen.push(text ?? '');
    }
    assert.deepEqual(seen, ['/tmp']);
    await commands.deleteSession(session);
    await refusedWith(commands.runInSession(session, 'true'), 404, 'SESSION_NOT_FOUND');
  });

  await t.test(
    'a run is interrupted by the session’s id, or ends the shell, and the session is still good',
    async () => {
      const session = await commands.createSession();
      const onStdout = async ({ text }: { text: string }) => {
        if (text === 'begun') await commands.interrupt(session);
      };
      const options = { workingDirectory: '/usr' };
      const run = await commands.runInSession(session, 'kept=1; echo begun; sleep 1000; echo no', options, {
        onStdout,
      });
      assert.deepEqual([run.logs.stdout.map(({ text }) => text), run.exitCode], [['begun'], -1]);
      await refusedWith(commands.interrupt(session), 409, 'COMMAND_NOT_RUNNING');
      const ended = await commands.runInSession(session, 'echo "$kept"; export SENT="it\'s"; exit 5');
      assert.deepEqual([ended.logs.stdout.map(({ text }) => text), ended.exitCode], [['1'], 5]);
      const next = await commands.runInSession(session, 'pwd; echo "$SENT"');
      assert.deepEqual(
        next.logs.stdout.map(({ text }) => text),
        ['/usr', "it's"],
      );
      await commands.deleteSession(session);
    },
  );
}

/** It is there, and documented, but not among the types. */
interface Streaming {
  runInSessionStream(id: string, command: string, options?: object): AsyncIterable<ServerStreamEvent>;
}
