import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { Entrypoint } from '../../../agent/entrypoint/entrypoint.ts';
import { until } from '../../support/until.ts';

test('questions that are asked at once get their own answers, however slowly init gives them', async (t) => {
  const { ask, init } = startAsker(t);
  const answers = [ask('start'), ask('pid'), ask('start')];
  // Only root can choose groups.
  const go = `go 1000 1000 ${process.geteuid!() === 0 ? '1000' : '-'} /`;
  assert.deepEqual(await init.heard(3), [go, 'status', go]);
  init.socket.write('wait');
  init.socket.write('ing\nstarted 12\n');
  assert.equal(await answers[1], '12');
  init.socket.write('started 12\n');
  assert.deepEqual(await Promise.all(answers), ['ENTRYPOINT_FAILED', '12', '12']);
});

test('nobody waits for an init that has hung up, now or later', async (t) => {
  const { ask, init } = startAsker(t);
  const answers = [ask('start'), ask('pid')];
  await init.heard(2);
  init.socket.destroy();
  assert.deepEqual(await Promise.all(answers), ['ENTRYPOINT_FAILED', 'ENTRYPOINT_FAILED']);
  assert.equal(await ask('pid'), 'ENTRYPOINT_FAILED');
});

test('a question that init would pass over is not asked', async (t) => {
  const { ask, init } = startAsker(t);
  assert.equal(await ask(`start /${'x'.repeat(20_000)}`), 'ENTRYPOINT_FAILED');
  const next = ask('pid');
  assert.deepEqual(await init.heard(1), ['status']);
  init.socket.write('started 7\n');
  assert.equal(await next, '7');
});

test('without init there is no entrypoint, which is said', async () => {
  const entrypoint = new Entrypoint(false);
  await assert.rejects(entrypoint.pid(), { code: 'NOT_SUPPORTED' });
  entrypoint.close();
});

/** A process whose descriptor 3 leads here, as an agent's leads to init. */
function startAsker(t: TestContext) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'asker.ts')], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  const socket = child.stdio[3] as Socket;
  socket.on('error', () => {});
  t.after(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const heard: string[] = [];
  createInterface({ input: socket })
    .on('line', (line) => heard.push(line))
    .on('error', () => {});
  const answers = new Map<string, string>();
  createInterface({ input: child.stdout! }).on('line', (line) => answers.set(...(line.split(' ') as [string, string])));
  let asked = 0;
  return {
    /** Asks and returns the answer, an error's code where it is one. */
    ask: async (question: string): Promise<string> => {
      const number = String(asked++);
      child.stdin!.write(`${number} ${question}\n`);
      await until(() => answers.has(number), 'there is an answer');
      return answers.get(number)!;
    },
    init: {
      socket,
      /** The first questions that it heard. */
      heard: async (count: number): Promise<string[]> => {
        await until(() => heard.length >= count, `init has heard ${count}`);
        return heard;
      },
    },
  };
}
