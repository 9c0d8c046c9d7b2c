import assert from 'node:assert/strict';
import { readEvents } from '../support/agent.ts';
import { agentPid, initPid } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { descendants, residentMemory } from '../support/processes.ts';
import { until } from '../support/until.ts';

const mebibyte = 1024 * 1024;
const flood = 'for _ in range(1024): print("x" * (1024 * 1024 - 1))';

engineTest(
  'a cell that prints a gigabyte takes little memory, read or not, and every byte of it is told or counted',
  async (t) => {
    const control = await startTestControl(t);
    const resourceLimits = { memory: '256Mi', cpu: '2' };
    const { id } = await control.create({ image: { uri: 'cubby/python:latest' }, resourceLimits });
    const agent = await control.agent(id);
    await readEvents(await agent.post('/code', { code: '1' }));
    const agentProcess = await agentPid(control.store, id);

    await t.test('read as it comes', async () => {
      const events = await readEvents(await agent.post('/code', { code: flood }));
      assert.equal(events.at(-1)?.type, 'execution_complete');
      assert.equal(countIn(events), 1024 * mebibyte);
    });

    await t.test('by a reader that waits until it is over', async () => {
      const response = await agent.post('/code', { code: flood });
      const execution = response.headers.get('x-execution-id');
      await until(
        async () => {
          const answer = await agent.fetch(`/code/executions/${execution}`);
          return ((await answer.json()) as { state: string }).state === 'finished';
        },
        'the cell is over',
        120_000,
      );
      const events = await readEvents(response);
      assert.equal(countIn(events), 1024 * mebibyte);
    });

    assert.equal(await agentPid(control.store, id), agentProcess, 'it is the same agent');
    for (const { pid, command } of descendants(await initPid(control.store, id))) {
      const memory = residentMemory(pid).most / mebibyte;
      t.diagnostic(`${memory.toFixed(0)} MiB at most: ${command.slice(0, 80)}`);
      assert.ok(memory < 192, `${memory} MiB: ${command}`);
    }
  },
  { timeout: 300_000 },
);

/** Bytes of standard output that were told, and those that are said to have been dropped or given up. */
function countIn(events: Awaited<ReturnType<typeof readEvents>>): number {
  return events.reduce((sum, event) => {
    const told = event.type === 'stdout' ? Buffer.byteLength(event.text ?? '') : 0;
    return sum + told + (event.truncated?.stdout ?? 0) + (event.missed?.bytes ?? 0);
  }, 0);
}
