import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transcript } from '../../../control/executions/transcript.ts';
import type { StreamEvent } from '../../../shared/api/events.ts';

const timestamp = 1;

test('an agent that says what none says takes no more memory than one that does not', () => {
  const transcript = new Transcript(1024);
  const junk = 'x'.repeat(1_000_000);
  for (let id = 0; id < 5000; id += 1) {
    transcript.take({ id, event: { type: 'result', results: { text: junk }, timestamp } });
    transcript.take({ id, event: { type: 'stdout', text: 'y', timestamp, results: { text: junk } } });
    transcript.take({ id, event: { type: 'stderr', text: 5 as unknown as string, timestamp } });
  }
  const last: StreamEvent = { type: 'error', error: { ename: 'E', evalue: junk, traceback: [] }, timestamp };
  assert.equal(transcript.take({ id: 6000, event: last }), true);
  assert.ok(JSON.stringify(transcript.events).length < 500_000, 'all that is kept of it');
  assert.equal(transcript.events.at(-1)?.event.type, 'error');
  assert.deepEqual(transcript.sizes, {
    kept: { stdout: 1024, stderr: 0 },
    dropped: { stdout: 5000 - 1024, stderr: 0 },
  });
});
