import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf } from './code-client.ts';
import { kernelsOf, startSandbox } from './sandbox.ts';

/** Root's agent runs kernels as somebody else; an agent without rights can only do it as itself. */
const isRoot = process.getuid!() === 0;
const uid = isRoot ? 12345 : process.getuid!();
const gid = isRoot ? 23456 : process.getgid!();

test('a kernel runs as its user, whose alone its sockets and connection file are', async (t) => {
  const sandbox = await startSandbox(t, isRoot ? { user: `${uid}:${gid}` } : {});
  const { events } = await sandbox.cell(
    'import os; print(os.getuid(), os.getgid(), os.geteuid(), os.getgroups() == [os.getgid()])',
  );
  assert.equal(textOf(events, 'stdout').replace(/ (True|False)$/m, ''), `${uid} ${gid} ${uid}\n`);
  if (isRoot) assert.match(textOf(events, 'stdout'), /True/);
  const [kernel] = kernelsOf(sandbox);
  const directory = join(sandbox.dir, 'spool', kernel!, 'k');
  assert.equal(statSync(directory).uid, uid);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, 'connection.json')).uid, uid);
  assert.equal(statSync(join(directory, 'connection.json')).mode & 0o077, 0);
  const record = statSync(join(directory, '../kernel.json'));
  assert.equal(record.uid, process.getuid!());
  assert.equal(record.mode & 0o077, 0);
  assert.equal(readdirSync(directory).filter((name) => name.startsWith('s-')).length, 5);
});

test('a kernel’s user can put nothing where the agent would follow it', async (t) => {
  const sandbox = await startSandbox(t, isRoot ? { user: `${uid}:${gid}` } : {});
  const outside = join(sandbox.dir, 'work');
  const { id } = await sandbox.createContext();
  await sandbox.cell(
    `import os
from ipykernel.connect import get_connection_file
k = os.path.dirname(get_connection_file())
open(${JSON.stringify(join(outside, 'precious'))}, "w").close()
os.symlink(${JSON.stringify(outside)}, k + "/link")
os.makedirs(k + "/deep/er")`,
    { id },
  );
  assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  assert.deepEqual(kernelsOf(sandbox), []);
  assert.ok(readdirSync(outside).includes('precious'));
});
