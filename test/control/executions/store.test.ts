import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExecutionRow, ExecutionStore } from '../../../control/executions/store.ts';
import { openStorage } from '../../../control/storage/open.ts';

test('a list does without what was run, what it said and what it returned', (t) => {
  const storage = openStorage(':memory:');
  t.after(() => storage.close());
  const store = new ExecutionStore(storage);
  const row: ExecutionRow = {
    id: 'one',
    status: 'pending',
    workspace: 'app:ada',
    sandboxId: undefined,
    ownsSandbox: 0,
    language: 'python',
    handler: 'handler',
    functionName: 'adder',
    code: 'def handler(event): return 1',
    timeoutMs: 1000,
    createdAt: 1,
    startedAt: undefined,
    finishedAt: undefined,
    outcome: undefined,
    events: undefined,
  };
  store.insert(row);
  store.insert({ ...row, id: 'two', createdAt: 2 });
  const ended = { status: 'succeeded', finishedAt: 3, outcome: { exitCode: 0, result: '"large"' } } as const;
  store.update('two', { ...ended, events: [{ id: 0, event: { type: 'stdout', text: 'said', timestamp: 2 } }] });
  const { code: _, events: __, ...known } = row;
  assert.deepEqual(store.list({ statuses: [] }, 10, 0), {
    rows: [{ ...known, id: 'two', createdAt: 2, ...ended, outcome: { exitCode: 0 } }, known],
    total: 2,
  });
  assert.equal(store.get('two')?.outcome?.result, '"large"');
});
