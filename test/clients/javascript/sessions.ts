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
}

/** It is there, and documented, but not among the types. */
interface Streaming {
  runInSessionStream(id: string, command: string, options?: object): AsyncIterable<ServerStreamEvent>;
}
