import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Caller } from '../../../agent/users/passwd.ts';
import { loadRights, withRights } from '../../../agent/users/rights.ts';
import { rightsAddon } from '../../support/pack.ts';

const asRoot = { skip: process.getuid!() === 0 ? false : 'only root can lend rights' };
const user: Caller = { name: 'user', uid: 12345, gid: 23456, groups: [3001, 3002], home: '/', shell: '' };
const { O_CREAT, O_WRONLY } = fs.constants;

loadRights(rightsAddon);

/** A directory that anybody may write to, with a file that only root may read. */
function makeDirectory(t: TestContext): { dir: string; secret: string } {
  const dir = fs.mkdtempSync(join(tmpdir(), 'cubby-rights-'));
  t.after(() => fs.rmSync(dir, { recursive: true }));
  fs.chmodSync(dir, 0o777);
  const secret = join(dir, 'secret');
  fs.writeFileSync(secret, 'secret', { mode: 0o600 });
  return { dir, secret };
}

/** Real, effective, saved and file system ids, groups and effective capabilities: those of each thread, by its number. */
function threads(): Map<number, string> {
  const numbers = fs.readdirSync('/proc/self/task').map(Number);
  return new Map(
    numbers.map((thread) => {
      const status = fs.readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
      return [thread, status.match(/^(Uid|Gid|Groups|CapEff):.*$/gm)!.join('\n')];
    }),
  );
}

function main(): string {
  return threads().get(process.pid)!;
}

test('the rights are on for one thread only, and without any capability', asRoot, () => {
  const before = threads();
  const during = withRights(user, threads);
  assert.match(during.get(process.pid)!, /^Uid:\t0\t12345\t0\t12345\nGid:\t0\t23456\t0\t23456\nGroups:\t3001 3002 ?\n/);
  assert.match(during.get(process.pid)!, /\nCapEff:\t0+$/);
  assert.ok(during.size > 4);
  during.set(process.pid, before.get(process.pid)!);
  assert.deepEqual(during, before);
  assert.deepEqual(threads(), before);
});

test('what the thread pool does meanwhile it does with root’s rights', asRoot, async (t) => {
  const { secret } = makeDirectory(t);
  const opened = withRights(user, () => {
    const opened = promisify(fs.open)(secret, 'r');
    // Only the pool goes on here; the answer comes when the event loop has its turn.
    const deadline = performance.now() + 60_000;
    while (!isOpen(secret)) if (performance.now() > deadline) assert.fail('the thread pool did not open the file');
    assert.throws(() => fs.openSync(secret, 'r'), { code: 'EACCES' });
    return opened;
  });
  fs.closeSync(await opened);
});

test('files are read and made as the user, the user’s groups included', asRoot, (t) => {
  const { dir, secret } = makeDirectory(t);
  const shared = join(dir, 'shared');
  fs.writeFileSync(shared, 'shared', { mode: 0o640 });
  fs.chownSync(shared, 0, 3002);
  const made = join(dir, 'made');
  withRights(user, () => {
    assert.equal(fs.readFileSync(shared, 'utf8'), 'shared');
    assert.throws(() => fs.writeFileSync(shared, ''), { code: 'EACCES' });
    assert.throws(() => fs.readFileSync(secret), { code: 'EACCES' });
    assert.throws(() => fs.chmodSync(shared, 0o666), { code: 'EPERM' });
    fs.closeSync(fs.openSync(made, O_CREAT | O_WRONLY));
    assert.throws(() => fs.chownSync(made, 0, 0), { code: 'EPERM' });
  });
  withRights({ ...user, groups: [] }, () => assert.throws(() => fs.readFileSync(shared), { code: 'EACCES' }));
  const { uid, gid } = fs.statSync(made);
  assert.deepEqual([uid, gid], [user.uid, user.gid]);
  assert.equal(fs.readFileSync(secret, 'utf8'), 'secret');
});

test('root’s rights come back after an exception', asRoot, () => {
  const before = main();
  const failure = new Error('of the operation');
  assert.throws(
    () =>
      withRights(user, () => {
        throw failure;
      }),
    failure,
  );
  assert.equal(main(), before);
});

test('rights inside of rights are refused, and the outer ones stay as they are', asRoot, () => {
  const before = main();
  withRights(user, () => {
    const outer = main();
    assert.throws(() => withRights({ ...user, uid: 1 }, () => assert.fail('it was run')), /does not nest/);
    assert.equal(main(), outer);
  });
  assert.equal(main(), before);
});

test('where only a part of the rights can be put on, nothing is run and nothing has changed', asRoot, () => {
  const before = main();
  const notRun = () => assert.fail('it was run');
  assert.throws(() => withRights({ ...user, groups: Array(65_537).fill(1) }, notRun), { code: 'EINVAL' });
  for (const uid of [-1, 0xffff_ffff, 2 ** 32, 1.5, Number.NaN, undefined as unknown as number]) {
    assert.throws(() => withRights({ ...user, uid }, notRun), TypeError);
    assert.throws(() => withRights({ ...user, gid: uid }, notRun), TypeError);
  }
  assert.equal(main(), before);

  // Groups can be set there, the user can't.
  const { status, stdout, stderr } = spawnSync(
    'setpriv',
    ['--bounding-set=-setuid', '--inh-caps=-setuid', process.execPath, '--input-type=module', '--eval', withoutSetuid],
    { encoding: 'utf8' },
  );
  assert.deepEqual([status, stderr, stdout], [0, '', 'EPERM, unchanged\n']);
});

test('without the addon root’s agent does not start, and lends nothing', asRoot, () => {
  const code = `
    const { loadRights, withRights } = await import(${JSON.stringify(module)});
    try { loadRights('/nonexistent/rights.node'); } catch (error) { console.log(error.message); }
    try { withRights(${JSON.stringify(user)}, () => console.log('run')); } catch (error) { console.log(error.message); }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  assert.match(stdout, /^\/nonexistent\/rights\.node: cannot open .*\nwithRights as root needs loadRights first\n$/);
});

test('lending rights is quick, also while another thread is in a large fsync', asRoot, async (t) => {
  const { dir } = makeDirectory(t);
  t.diagnostic(`alone: ${pace(lend(1000))}`);
  const file = fs.openSync(join(dir, 'large'), 'w');
  const block = Buffer.alloc(4 * 1024 * 1024, 1);
  for (let i = 0; i < 16; i += 1) fs.writeSync(file, block);
  const syncing = { done: false };
  const synced = promisify(fs.fsync)(file).finally(() => {
    syncing.done = true;
  });
  const during: number[] = [];
  while (!syncing.done) {
    during.push(...lend(100));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await synced;
  fs.closeSync(file);
  t.diagnostic(`during the fsync: ${pace(during)}`);
});

const module = join(import.meta.dirname, '../../../agent/users/rights.ts');

const withoutSetuid = `
  import { readFileSync } from 'node:fs';
  const { loadRights, withRights } = await import(${JSON.stringify(module)});
  loadRights(${JSON.stringify(rightsAddon)});
  const ids = () => readFileSync('/proc/self/status', 'utf8').match(/^(Uid|Gid|Groups|CapEff):.*$/gm).join();
  const before = ids();
  let code;
  try { withRights(${JSON.stringify(user)}, () => {}); } catch (error) { code = error.code; }
  console.log(code + ', ' + (ids() === before ? 'unchanged' : ids()));`;

function isOpen(path: string): boolean {
  return fs.readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false;
    }
  });
}

/** Microseconds that each of so many calls takes. */
function lend(calls: number): number[] {
  return Array.from({ length: calls }, () => {
    const started = performance.now();
    withRights(user, () => undefined);
    return (performance.now() - started) * 1000;
  });
}

function pace(taken: number[]): string {
  const mean = taken.reduce((sum, one) => sum + one, 0) / taken.length;
  return `${taken.length} calls, ${mean.toFixed(1)} µs each, ${Math.max(...taken).toFixed(0)} µs the slowest`;
}
