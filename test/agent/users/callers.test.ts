import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Callers } from '../../../agent/users/callers.ts';
import { callerOf, resolveUser } from '../../../agent/users/passwd.ts';

const refused = (code: string) => (error: { code: string }) => error.code === code;

test('a hardened sandbox never acts as root, however its user is written', () => {
  for (const user of ['', '0', '00', 'root', ':0', '0:1000', 'root:1000', '0000000000'])
    assert.throws(() => new Callers(user, true).usual(), refused('USER_NOT_ALLOWED'), `user ${user}`);
  assert.equal(new Callers('1000:1000', true).usual().uid, 1000);
});

test('a hardened sandbox acts as its own user only', () => {
  const callers = new Callers('1000:1000', true);
  assert.equal(callers.named(1000, 1000).uid, 1000);
  assert.equal(callers.named().uid, 1000);
  for (const [uid, gid] of [[0], [1001], [1000, 0], [0, 0]])
    assert.throws(() => callers.named(uid, gid), refused('USER_NOT_ALLOWED'), `${uid}:${gid}`);
});

test('any other sandbox acts as whom the request names', () => {
  const callers = new Callers('1000:1000', false);
  assert.deepEqual(pick(callers.named(0)), [0, 'root']);
  const { uid, gid, groups, home } = callers.named(4_294_967_294, 7);
  assert.deepEqual([uid, gid, groups, home], [4_294_967_294, 7, [7], '/']);
});

test('a user that is not there is refused by name and taken by number', () => {
  assert.throws(() => new Callers('no-such-user', false).usual(), refused('UNKNOWN_USER'));
  assert.throws(() => new Callers('1000:no-such-group', false).usual(), refused('UNKNOWN_USER'));
  for (const number of ['4294967295', '-1', '99999999999', '1e3', '0x0', ' 0'])
    assert.equal(resolveUser(number), undefined, number);
  assert.deepEqual(pick(callerOf(54321)), [54321, '54321']);
});

test('the primary group is among a user’s groups, so that no process can give it up', () => {
  const [name = 'root', , uid] = readFileSync('/etc/passwd', 'utf8').split(':');
  for (const spec of [name, uid!, `${uid}:54321`, '54321', ':7', '1:0']) {
    const { gid, groups } = resolveUser(spec)!;
    assert.equal(groups[0], gid, spec);
    assert.equal(new Set(groups).size, groups.length, spec);
  }
  assert.deepEqual(callerOf(54321).groups, [0]);
});

function pick({ uid, name }: { uid: number; name: string }) {
  return [uid, name];
}
