import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputLimit } from '../../../agent/code/output-limit.ts';
import { LeftOut } from '../../../agent/kernels/output.ts';

const shown = { type: 'display', displayId: undefined, isUpdate: false, metadata: {} } as const;

test('a cell has the beginning of its output told, and at the end how much more there was', () => {
  const limit = new OutputLimit(10);
  const told = [
    ...limit.admit({ type: 'stream', name: 'stdout', text: 'one' }),
    ...limit.admit({ type: 'stream', name: 'stderr', text: '漢字漢' }),
    ...limit.admit({ type: 'stream', name: 'stdout', text: 'x' }),
    ...limit.admit({ ...shown, data: { 'text/plain': 'late' } }),
  ];
  assert.deepEqual(
    told.map(({ type, text }) => [type, text]),
    [
      ['stdout', 'one'],
      ['stderr', '漢字'],
    ],
  );
  assert.deepEqual(limit.truncated, {
    type: 'truncated',
    truncated: { max_output_bytes: 10, stdout: 1, stderr: 3, results: 4 },
  });
});

test('what is exactly the limit is told, and nothing is said of it', () => {
  const limit = new OutputLimit(4);
  assert.equal(limit.admit({ type: 'stream', name: 'stdout', text: '🎉' })[0]?.text, '🎉');
  const cut = () => limit.truncated?.truncated?.stdout;
  assert.equal(cut(), undefined);
  assert.deepEqual(limit.admit({ type: 'stream', name: 'stdout', text: 'x' }), []);
  assert.equal(cut(), 1);
});

test('errors are told however much was said before', () => {
  const limit = new OutputLimit(1);
  limit.admit({ type: 'stream', name: 'stdout', text: 'too long' });
  const [event] = limit.admit({ type: 'error', ename: 'ValueError', evalue: 'no', traceback: [] });
  assert.equal(event?.error?.ename, 'ValueError');
});

test('a form that is too large is missing, which the text says, and is counted', () => {
  const limit = new OutputLimit(1000);
  const data = { 'text/plain': '<Figure>', 'image/png': new LeftOut(200_000_000) };
  const [event] = limit.admit({ ...shown, data });
  assert.deepEqual(event?.results, {
    text: '<Figure>\n[image/png left out: 200000000 bytes, too large for one output]',
  });
  assert.equal(limit.truncated?.truncated?.results, 200_000_000);
});
