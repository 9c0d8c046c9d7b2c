import assert from 'node:assert/strict';
import type { KeptExecution } from '../../shared/api/kept-executions.ts';
import { readEvents } from '../support/agent.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { executed, pythonSandbox } from '../support/executions.ts';

engineTest(
  'its events are told while it runs and as well when it has ended, from the start or after any of them',
  async (t) => {
    const control = await startTestControl(t);
    const { id: sandboxId } = await control.create(pythonSandbox());
    const body = { sandboxId, language: 'shell', code: 'echo one; echo two >&2; printf three' };
    const live = await control.fetch('/v1/executions', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    assert.equal(live.status, 201);
    assert.match(live.headers.get('content-type')!, /^text\/event-stream/);
    const path = live.headers.get('location')!;
    const events = await readEvents(live);
    assert.deepEqual(events.flatMap(({ type, text }) => (type === 'init' ? [] : [[type, text]])).sort(), [
      ['execution_complete', undefined],
      ['stderr', 'two\n'],
      ['stdout', 'one\n'],
      ['stdout', 'three'],
    ]);
    const done = (await (await control.fetch(path)).json()) as KeptExecution;
    assert.deepEqual(
      [done.status, done.stdout, done.stderr],
      ['succeeded', 'one\nthree', 'two\n'],
      'it is there with the last event',
    );
    assert.deepEqual(await readEvents(await control.fetch(`${path}/events`)), events);
    for (const [index, { id }] of events.entries()) {
      const rest = await control.fetch(`${path}/events`, { headers: { 'last-event-id': String(id) } });
      assert.deepEqual(await readEvents(rest), events.slice(index + 1));
    }
  },
);

engineTest(
  'more output than is kept is cut, told, and had from its sandbox; a value that is too large is no value',
  async (t) => {
    const control = await startTestControl(t, { 'executions.max_output': '1Ki', 'executions.max_result': '1Ki' });
    const { id: sandboxId } = await control.create(pythonSandbox());
    const done = await executed(control, { sandboxId, language: 'python', code: 'print("ü" * 5000)\nprint("b" * 10)' });
    assert.equal(done.stdout, 'ü'.repeat(512));
    assert.equal(done.truncated?.stdout?.bytes, 10_012);
    assert.equal(done.truncated?.stdout?.kept, 1024);
    assert.equal(done.truncated?.stderr, undefined);
    const all = await (await control.fetch(done.truncated!.stdout!.all!)).text();
    assert.equal(all, `${'ü'.repeat(5000)}\n${'b'.repeat(10)}\n`);
    const events = await readEvents(await control.fetch(`/v1/executions/${done.id}/events`));
    assert.deepEqual(
      events.slice(-2).map(({ type, missed }) => missed ?? type),
      [{ bytes: 10_012 - 1024 }, 'execution_complete'],
    );
    for (const size of [2000, 100_000]) {
      const code = `def handler(event): return "x" * ${size}`;
      const { status, error, result } = await executed(control, {
        sandboxId,
        language: 'python',
        code,
        handler: 'handler',
      });
      assert.deepEqual([status, error?.errorType, result], ['failed', 'Function.ResponseSizeTooLarge', undefined]);
    }
  },
);
