import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { textOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

const runs = 20;
/** A second's worth each when nothing else runs beside the loops. The variable asks for more: 20,000 take 20 times as long. */
const lines = Number(process.env.CUBBY_TEST_LINES ?? 1000);
const loops = 6;

/** Programs that want all the processor time there is. */
function startLoops(t: TestContext): void {
  for (let i = 0; i < loops; i++) {
    const loop = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
    t.after(async () => {
      const exited = once(loop, 'exit');
      loop.kill('SIGKILL');
      await exited;
    });
  }
}

test(`no line and no end of a cell is lost in ${runs} runs of flushed prints beside ${loops} busy loops`, async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  startLoops(t);
  const expected = Array.from({ length: lines }, (_, i) => `${i}\n`).join('');
  for (let run = 0; run < runs; run++) {
    const { events } = await sandbox.cell(`for i in range(${lines}): print(i, flush=True)`, { id });
    const text = textOf(events, 'stdout');
    assert.ok(text === expected, `run ${run}: ${text.split('\n').length - 1} lines of ${lines}`);
    assert.equal(events.at(-1)?.type, 'execution_complete', `run ${run}`);
    assert.equal((await sandbox.context(id)).state, 'idle', `run ${run}`);
  }
});
