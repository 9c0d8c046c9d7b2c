import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Progress } from '../../../control/users/progress.ts';

/** A progress with a clock that the test turns, and all that was written. */
function shown(columns: number | undefined) {
  let now = 0;
  const written: string[] = [];
  const progress = new Progress({ write: (text) => void written.push(text), columns: () => columns, now: () => now });
  const at = (ms: number, done: number, total?: number) => {
    now = ms;
    progress.show({ what: 'workspaces', done, ...(total !== undefined && { total }) });
  };
  return { progress, written, at };
}

it('a terminal has one line that is written over, with how fast it goes and how long it takes', () => {
  const { progress, written, at } = shown(80);
  at(0, 0, 10_000);
  at(50, 100, 10_000);
  at(2000, 2500, 10_000);
  progress.line('a line');
  at(8000, 10_000, 10_000);
  progress.end();
  assert.deepEqual(written, [
    '\r[#####---------------]  workspaces: 2,500 of 10,000  1,250/s  6 s left\x1b[K',
    '\r\x1b[K',
    'a line\n',
    '\r[####################]  workspaces: 10,000 of 10,000  1,250/s\x1b[K',
    '\r\x1b[K',
  ]);
});

it('nothing is wider than the terminal', () => {
  const { written, at } = shown(20);
  at(0, 0, 100);
  at(1000, 50, 100);
  assert.deepEqual(written, ['\r[##########--------\x1b[K']);
});

it('elsewhere it is a line now and then', () => {
  const { written, at } = shown(undefined);
  for (const ms of [0, 5000, 9999, 10_000, 15_000, 30_000]) at(ms, ms, 7_200_000);
  at(40_000, 41_000);
  assert.deepEqual(written, [
    'workspaces: 10,000 of 7,200,000  1,000/s  1 h 59 min left\n',
    'workspaces: 30,000 of 7,200,000  1,000/s  1 h 59 min left\n',
    'workspaces: 41,000  1,025/s\n',
  ]);
});
