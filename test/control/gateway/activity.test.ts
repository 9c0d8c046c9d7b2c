import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { Activity } from '../../../control/gateway/activity.ts';

function exchange(bytes = 0) {
  const socket = { bytesRead: bytes, bytesWritten: 0 };
  return { socket, asSocket: socket as unknown as Socket, end: new EventEmitter() };
}

test('an exchange is a touch for as long as bytes move in it, one of many for its sandbox is enough', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const touched: string[] = [];
  const activity = new Activity((id) => touched.push(id), 1000);
  const [busy, second, idle] = [exchange(), exchange(), exchange(5)];
  activity.follow('a', busy.asSocket, busy.end);
  activity.follow('a', second.asSocket, second.end);
  activity.follow('b', idle.asSocket, idle.end);
  t.mock.timers.tick(1000);
  assert.deepEqual(touched, [], 'nothing has moved since it began');
  busy.socket.bytesRead += 1;
  second.socket.bytesWritten += 1;
  t.mock.timers.tick(1000);
  assert.deepEqual(touched, ['a']);
  t.mock.timers.tick(5000);
  assert.deepEqual(touched, ['a']);
  idle.socket.bytesWritten += 10;
  t.mock.timers.tick(1000);
  assert.deepEqual(touched, ['a', 'b']);
  busy.end.emit('close');
  busy.socket.bytesRead += 1;
  t.mock.timers.tick(1000);
  assert.deepEqual(touched, ['a', 'b'], 'what is over is looked at no more');
  activity.close();
});

test('while nothing is open nothing is looked at, and it begins again with the next', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let touches = 0;
  const activity = new Activity(() => (touches += 1), 1000);
  for (let round = 1; round <= 2; round += 1) {
    const { socket, asSocket, end } = exchange();
    activity.follow('a', asSocket, end);
    socket.bytesRead += 1;
    t.mock.timers.tick(1000);
    assert.equal(touches, round);
    end.emit('close');
    t.mock.timers.tick(10_000);
    assert.equal(touches, round);
  }
});
