import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CodeExecution } from '../../../shared/api/executions.ts';
import { withSeed } from '../../support/random.ts';
import { type CodeClient, type NumberedEvent, textOf, typesOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

/** What chance decides: see withSeed. */
let random = Math.random;
const pick = <Item>(items: Item[]): Item => items[Math.floor(random() * items.length)]!;

function stormTest(title: string, run: (t: TestContext) => Promise<void>): void {
  test(title, (t) =>
    withSeed(t, async (seeded) => {
      random = seeded;
      await run(t);
    }),
  );
}

interface Language {
  language: string;
  /** Counts itself, then takes a moment. */
  cell: string;
  /** Prints how many have counted themselves. */
  count: string;
}

const bash = { language: 'bash', cell: 'n=$((n + 1)); sleep 0.01; echo "cell $n"', count: 'echo "$n"' };
const python = {
  language: 'python',
  cell: 'import time\nn = globals().get("n", 0) + 1\ntime.sleep(0.01)\nprint("cell", n)',
  count: 'print(globals().get("n", 0))',
};

/** A cell in the queue, read to its end. */
async function cell(client: CodeClient, id: string, code: string, execution?: (id: string) => void) {
  const open = await client.open(code, { id }, { when_busy: 'queue', ...(random() < 0.3 && { envs: { N: '1' } }) });
  if (open.status !== 200) return { id: '', status: open.status, events: [] as NumberedEvent[], error: open.error };
  execution?.(open.executionId);
  return { id: open.executionId, status: 200, events: await open.rest() };
}

/** Cells, interrupts and stops in one context all at once; `end` may end it in the middle. */
async function storm(
  client: CodeClient,
  { language, ...code }: Language,
  cells: number,
  end?: (id: string) => Promise<unknown>,
) {
  const { id } = await client.createContext({ language });
  const known: string[] = [];
  const running = Array.from({ length: cells }, () =>
    cell(client, id, code.cell, (execution) => known.push(execution)),
  );
  const others = Array.from({ length: cells / 2 }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, random() * cells * 15));
    if (end && index === 3) await end(id);
    else if (index % 3 === 0) await client.interrupt(id);
    else if (known.length > 0) await client.request('DELETE', `/code/executions/${pick(known)}`);
  });
  const [answers] = await Promise.all([Promise.all(running), Promise.all(others)]);
  return { id, answers: answers.filter(({ status }) => status === 200) };
}

/** Each has exactly one end, the last event, and says the same when it is asked again. */
async function check(client: CodeClient, answers: { id: string; events: NumberedEvent[] }[]): Promise<CodeExecution[]> {
  const executions = [];
  for (const { id, events } of answers) {
    const types = typesOf(events);
    assert.equal(types[0], 'init');
    assert.ok(['execution_complete', 'error'].includes(types.at(-1)!), types.join());
    assert.ok(types.filter((type) => type === 'execution_complete').length <= 1);
    const execution = await client.execution(id);
    assert.ok(execution.ended_at, `${id} has ended: ${execution.state}`);
    assert.equal(execution.state === 'finished', !types.includes('error'), `${execution.state}: ${types.join()}`);
    assert.deepEqual(await (await client.resume(id)).rest(), events);
    executions.push(execution);
  }
  return executions;
}

stormTest('50 contexts full of cells that are interrupted, stopped and deleted tell each cell one end', async (t) => {
  const sandbox = await startSandbox(t);
  const contexts = Array.from({ length: 50 }, async (_, index) => {
    const remove = (id: string) => sandbox.request('DELETE', `/code/contexts/${id}`);
    const { id, answers } = await storm(sandbox, bash, 10, index % 5 === 0 ? remove : undefined);
    await check(sandbox, answers);
    if (index % 5 === 0) return;
    assert.equal((await sandbox.context(id)).queued, 0);
    assert.equal((await sandbox.context(id)).state, 'idle');
  });
  await Promise.all(contexts);
});

stormTest('a kernel runs every cell that was not stopped, once, whatever happens to those beside it', async (t) => {
  const sandbox = await startSandbox(t);
  for (let round = 0; round < 4; round += 1) {
    const { id, answers } = await storm(sandbox, python, 30);
    const executions = await check(sandbox, answers);
    const finished = executions.filter(({ state }) => state === 'finished').length;
    const counted = Number(textOf((await sandbox.cell(python.count, { id })).events, 'stdout'));
    const begun = executions.filter(({ execution_count }) => execution_count !== undefined).length;
    assert.ok(finished <= counted && counted <= begun, `${finished} ≤ ${counted} ≤ ${begun}`);
    assert.equal((await sandbox.context(id)).state, 'idle');
    await sandbox.request('DELETE', `/code/contexts/${id}`);
  }
});

stormTest('restarts and deaths in the middle of a full queue leave nothing waiting', async (t) => {
  const sandbox = await startSandbox(t);
  const restart = (id: string) => sandbox.request('POST', `/code/contexts/${id}/restart`);
  const kill = (id: string) => cell(sandbox, id, 'import os; os._exit(3)');
  for (const end of [restart, kill, async (id: string) => Promise.all([restart(id), kill(id), restart(id)])]) {
    const { id, answers } = await storm(sandbox, python, 20, end);
    await check(sandbox, answers);
    const { events, ...answer } = await cell(sandbox, id, 'print("alive")');
    assert.equal(textOf(events, 'stdout'), 'alive\n', JSON.stringify([answer, events]));
    assert.equal((await sandbox.context(id)).state, 'idle');
    await sandbox.request('DELETE', `/code/contexts/${id}`);
  }
});
