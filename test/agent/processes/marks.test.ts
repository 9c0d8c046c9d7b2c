import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setMark, signalFirst, signalNewcomers } from '../../../agent/processes/marks.ts';
import { until } from '../../support/until.ts';
import { makeSpool } from './spool.ts';

test('a mark says how much was put out before it, once and for all', async (t) => {
  const { launch } = makeSpool(t);
  const started = await launch('echo text; echo more >&2; sleep 1000');
  await until(() => started.ring.state().stderr > 0, 'all is out');
  assert.equal(await setMark(started, 1), 10);
  assert.equal(await setMark(started, 1), 10);
});

test('newcomers end and what was there before does not, also when the first process has ended', async (t) => {
  const { launch } = makeSpool(t);
  const started = await launch('sleep 1000 & echo one; kill -STOP $$; sleep 1001 & echo two; exec sleep 1002');
  await until(() => started.ring.state().stdout === 4, 'it has begun');
  await setMark(started, 1);
  await until(async () => {
    // It may not have stopped yet: then it would miss this one, and stop for good.
    signalFirst(started, 18);
    return (await signalNewcomers(started, 0)) === 1;
  }, 'the newcomer is there');
  await until(() => started.ring.state().stdout === 8, 'it has gone on');
  signalFirst(started, 9);
  assert.equal((await started.ended).signal, 9);
  await until(async () => (await signalNewcomers(started, 15)) === 0, 'the newcomer has ended');
  assert.ok(started.hasRunner, 'what was there before lives on');
  assert.equal(await setMark(started, 2), 8);
});

test('where there is no runner any more, there are no marks and no newcomers', async (t) => {
  const { launch } = makeSpool(t);
  const started = await launch('true');
  assert.ok(await started.end(60_000));
  assert.equal(await setMark(started, 1), undefined);
  assert.equal(await signalNewcomers(started, 9), 0);
});
