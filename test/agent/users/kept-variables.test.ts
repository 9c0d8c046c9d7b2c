import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { childEnvironment } from '../../../agent/users/environment.ts';
import { keptVariables } from '../../../agent/users/kept-variables.ts';
import type { Caller } from '../../../agent/users/passwd.ts';
import { loadRights } from '../../../agent/users/rights.ts';
import { rightsAddon } from '../../support/pack.ts';

loadRights(rightsAddon);
const isRoot = process.getuid!() === 0;

function home(t: TestContext): { caller: Caller; file: string; keep(text: string): Record<string, string> } {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-home-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const ids = isRoot ? { uid: 1000, gid: 1000 } : { uid: process.getuid!(), gid: process.getgid!() };
  const caller = { name: 'user', ...ids, groups: [ids.gid], home: dir, shell: '/bin/sh' };
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, '.opensandbox'), { mode: 0o755 });
  const file = join(dir, '.opensandbox/env');
  const keep = (text: string) => {
    writeFileSync(file, text);
    return keptVariables({ EXECD_ENVS: file, BASE: 'base' }, caller);
  };
  return { caller, file, keep };
}

test('variables are kept in a file of the user’s own; a request’s count for more, an image’s for less', (t) => {
  const { caller, file } = home(t);
  writeFileSync(file, 'A=kept\nB=kept\nC=kept\n');
  const env = childEnvironment({ A: 'image', D: 'image' }, caller, { request: { B: 'request' } });
  assert.deepEqual([env.A, env.B, env.C, env.D, env.EXECD_ENVS], ['kept', 'request', 'kept', 'image', file]);
  const elsewhere = join(caller.home, 'elsewhere');
  writeFileSync(elsewhere, 'A=elsewhere');
  assert.equal(childEnvironment({ EXECD_ENVS: elsewhere }, caller).A, 'elsewhere');
});

test('each way to write a value is read as it is meant', (t) => {
  const { keep } = home(t);
  const text = `
# a comment, and an empty line

BARE=two  words # and no comment \r
export EXPORTED=$BASE/\${BASE}\${NOT_SET}!
PLAIN='$BASE "a" \\n
on two lines'
QUOTED="it's \\"\${BASE}\\" \\\\ \\$BASE\\n"
EMPTY=
TWICE=first
TWICE="$TWICE and second"
not a variable
0=1
SPACED = x
__proto__=kept
OPEN='no end
LAST=here`;
  assert.deepEqual(Object.entries(keep(text)), [
    ['BARE', 'two  words # and no comment'],
    ['EXPORTED', 'base/base!'],
    ['PLAIN', '$BASE "a" \\n\non two lines'],
    ['QUOTED', 'it\'s "base" \\ $BASE\n'],
    ['EMPTY', ''],
    ['TWICE', 'first and second'],
    ['__proto__', 'kept'],
    ['OPEN', "'no end"],
    ['LAST', 'here'],
  ]);
});

test('what is no such file, or too large a one, keeps nothing and stops nothing', (t) => {
  const { caller, file, keep } = home(t);
  assert.deepEqual(keep(`A=${'x'.repeat(64 * 1024)}`), {});
  assert.deepEqual(keep('A=a\0b'), { A: 'ab' });
  rmSync(file);
  const none = () => keptVariables({ EXECD_ENVS: file }, caller);
  assert.deepEqual(none(), {});
  execFileSync('mkfifo', [file]);
  assert.deepEqual(none(), {});
  for (const path of ['', 'relative', '~/env', '/dev/zero', '/proc/self', `/${'x'.repeat(5000)}`, '/a\0b']) {
    assert.deepEqual(keptVariables({ EXECD_ENVS: path }, caller), {}, path);
  }
});

test('a link to what the user may not read leads nowhere', {
  skip: !isRoot && 'only root has files that it keeps to itself',
}, (t) => {
  const { caller, file } = home(t);
  const secret = join(caller.home, 'secret');
  writeFileSync(secret, 'SECRET=1', { mode: 0o600 });
  for (const link of [symlinkSync, linkSync]) {
    rmSync(file, { force: true });
    link(secret, file);
    assert.deepEqual(keptVariables({ EXECD_ENVS: file }, caller), {});
  }
});

test('values that hold each other over and over again stay small', (t) => {
  const { keep } = home(t);
  const doubling = Array.from({ length: 50 }, (_, count) => `V${count + 1}=$V${count}$V${count}`);
  const bytes = JSON.stringify(keep(['V0=0123456789', ...doubling].join('\n'))).length;
  assert.ok(bytes < 128 * 1024, `${bytes}`);
  const wide = keep(`A=${'x'.repeat(30_000)}\nB=${'$A'.repeat(16_000)}`);
  assert.ok(wide.B!.length < 128 * 1024, `${wide.B!.length}`);
});

test('text of every odd kind comes to an end', (t) => {
  const { keep } = home(t);
  for (const odd of ["A='", 'A="\\', 'A=$', '# ', ' ', 'export ', 'A=\n', '"', '\\"', "'\n"]) {
    keep(odd.repeat(Math.floor((63 * 1024) / odd.length)));
  }
});
