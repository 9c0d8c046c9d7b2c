import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isUsable } from '../../../agent/kernels/choose-kernel.ts';
import type { FoundSpec, KernelSpec } from '../../../agent/kernels/kernelspec.ts';
import { findKernelSpecs } from '../../../agent/kernels/kernelspecs.ts';
import { resolveUser } from '../../../agent/users/passwd.ts';
import { textOf } from '../code/code-client.ts';
import { python, startSandbox } from '../code/sandbox.ts';

const caller = resolveUser(String(process.getuid!()))!;

/** Places to look in, with kernelspecs as `place/name`. */
function makePlaces(t: TestContext, specs: Record<string, unknown>): string {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-k-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const [path, spec] of Object.entries(specs)) {
    const [place, name] = path.split('/') as [string, string];
    mkdirSync(join(dir, place, 'kernels', name), { recursive: true });
    const text = typeof spec === 'string' ? spec : JSON.stringify(spec);
    writeFileSync(join(dir, place, 'kernels', name, 'kernel.json'), text);
  }
  return dir;
}

const sh = (language: string, more: object = {}) => ({ argv: ['/bin/sh', '{connection_file}'], language, ...more });

/** What was found in `dir`, and not elsewhere on this machine. */
function findIn(dir: string, env: Record<string, string>): FoundSpec[] {
  return findKernelSpecs({ HOME: dir, PATH: '/usr/bin:/bin', ...env }, caller).filter(({ path }) =>
    path?.startsWith(dir),
  );
}

function usableIn(dir: string, env: Record<string, string>): KernelSpec[] {
  return findIn(dir, env).filter(isUsable);
}

test('kernelspecs are found in Jupyter’s places, the first of each name, in whatever case', (t) => {
  const dir = makePlaces(t, { 'a/one': sh('First'), 'b/One': sh('second'), 'b/two': sh('two') });
  const found = findIn(dir, { JUPYTER_PATH: `${dir}/a:relative:${dir}/b` });
  assert.deepEqual(
    found.map(({ name, language }) => [name, language]),
    [
      ['one', 'first'],
      ['two', 'two'],
    ],
  );
});

test('a kernelspec may be one file that bears its name', (t) => {
  const dir = makePlaces(t, { 'a/folder': sh('x', { display_name: 'A folder' }) });
  writeFileSync(join(dir, 'a/kernels/Flat.json'), JSON.stringify({ ...sh('y'), argv: ['sh', '{resource_dir}/run'] }));
  const [flat, folder] = usableIn(dir, { JUPYTER_PATH: `${dir}/a` });
  assert.deepEqual([folder?.name, folder?.displayName, folder?.language], ['folder', 'A folder', 'x']);
  assert.deepEqual([flat?.name, flat?.language, flat?.path], ['Flat', 'y', join(dir, 'a/kernels/Flat.json')]);
  assert.deepEqual(flat?.argv, ['/usr/bin/sh', join(dir, 'a/kernels/run')]);
});

test('what is no kernelspec is found with what is wrong with it', (t) => {
  const dir = makePlaces(t, {
    'a/text': 'not json',
    'a/list': [],
    'a/noargv': { language: 'x' },
    'a/noprogram': { argv: ['/no/such/program'], language: 'x', display_name: 'Not there' },
    'a/relative': { argv: ['./kernel'], language: 'x' },
    'a/large': `{"argv": ["/bin/sh"], "language": "${'x'.repeat(1_000_000)}"}`,
    'a/fine': { argv: ['sh'], language: 'fine', interrupt_mode: 'what', env: { A: 'b' }, metadata: { cubby: 5 } },
  });
  mkdirSync(join(dir, 'a/kernels/directory/kernel.json'), { recursive: true });
  mkdirSync(join(dir, 'a/kernels/fifo'));
  mkdirSync(join(dir, 'a/kernels/empty'));
  execFileSync('mkfifo', [join(dir, 'a/kernels/fifo/kernel.json')]);
  symlinkSync('loop', join(dir, 'a/kernels/loop'));
  const found = findIn(dir, { JUPYTER_PATH: `${dir}/a` });
  const problems = found.map((spec) => [spec.name, isUsable(spec) ? '' : spec.problem] as const);
  assert.deepEqual(
    problems.filter(([name]) => name !== 'text' && name !== 'list' && name !== 'noargv'),
    [
      ['directory', "can't be read: it is no file"],
      ['fifo', "can't be read: it is no file"],
      ['fine', ''],
      ['large', "can't be read: it has more than 65536 bytes"],
      ['noprogram', 'names a program that is not there: /no/such/program'],
      ['relative', 'names a program that is not there: ./kernel'],
    ],
  );
  const said = Object.fromEntries(problems);
  assert.match(said.text!, /^can't be read: .*JSON/);
  assert.match(said.list!, /^is no kernelspec: the whole: /);
  assert.match(said.noargv!, /^is no kernelspec: argv: /);
  const fine = found.find(({ name }) => name === 'fine') as KernelSpec;
  assert.deepEqual([fine.interruptMode, fine.transport, fine.env], ['signal', 'tcp', { A: 'b' }]);
});

test('a kernelspec’s environment may refer to the sandbox’s; what is Cubby’s own in it counts more', (t) => {
  const env = { A: `\${HOME}/x:$WHO:$$:\${NOBODY}`, B: '5' };
  const metadata = { cubby: { interrupt_mode: 'message', transport: 'ipc' } };
  const dir = makePlaces(t, { 'a/one': sh('x', { env, metadata, interrupt_mode: 'signal' }) });
  const [spec] = usableIn(dir, { JUPYTER_PATH: `${dir}/a`, WHO: 'me' });
  assert.deepEqual(spec?.env, { A: `${dir}/x:me:$:\${NOBODY}`, B: '5' });
  assert.deepEqual([spec?.interruptMode, spec?.transport], ['message', 'ipc']);
});

test('a bare python in a kernelspec is the one that the kernelspec was installed with', (t) => {
  const dir = makePlaces(t, {});
  mkdirSync(join(dir, 'venv/bin'), { recursive: true });
  mkdirSync(join(dir, 'venv/share/jupyter/kernels/python3'), { recursive: true });
  for (const name of ['python', 'python3']) {
    writeFileSync(join(dir, 'venv/bin', name), '#!/bin/sh\n');
    chmodSync(join(dir, 'venv/bin', name), 0o755);
  }
  writeFileSync(
    join(dir, 'venv/share/jupyter/kernels/python3/kernel.json'),
    JSON.stringify({ argv: ['python', '-m', 'ipykernel_launcher', '-f', '{connection_file}'], language: 'python' }),
  );
  const [spec] = usableIn(dir, { PATH: `${dir}/venv/bin:/usr/bin:/bin` });
  assert.equal(spec?.argv[0], join(dir, 'venv/bin/python'));
});

test('any kernel runs by its kernelspec alone: over TCP, in its environment, interrupted by a message', async (t) => {
  const plain = {
    argv: [python, '-c', 'from ipykernel.kernelapp import main; main()', '-f', '{connection_file}'],
    language: 'plain',
    env: { FROM_SPEC: 'yes' },
    interrupt_mode: 'message',
  };
  const sandbox = await startSandbox(t, { specs: { plain } });
  const { id } = await sandbox.createContext({ language: 'plain' });
  const { events } = await sandbox.cell('import os; print(os.environ["FROM_SPEC"])', { id });
  assert.equal(textOf(events, 'stdout'), 'yes\n');
  const cell = await sandbox.open('import time\nprint("begun", flush=True)\ntime.sleep(600)', { id });
  await cell.stdoutUntil('begun\n');
  assert.equal(await sandbox.interrupt(id), 200);
  assert.ok((await cell.rest()).some(({ error }) => error?.ename === 'KeyboardInterrupt'));
});

test('a kernel that can’t start is told with its last words', async (t) => {
  const sandbox = await startSandbox(t, {
    specs: {
      broken: { argv: ['/bin/sh', '-c', 'echo the disk is on fire >&2; exit 3'], language: 'broken' },
      // Without site-packages there is no ipykernel.
      bare: {
        argv: [python, '-I', '-S', '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
        language: 'bare',
      },
    },
  });
  const broken = await sandbox.cell('1', { language: 'broken' });
  assert.equal(broken.error.code, 'KERNEL_DIED');
  assert.match(broken.error.message, /exited with code 3.*the disk is on fire/);
  const bare = await sandbox.cell('1', { language: 'bare' });
  assert.equal(bare.error.code, 'KERNEL_NOT_AVAILABLE');
  assert.match(bare.error.message, /ipykernel cannot be imported/);
  assert.deepEqual(await (await sandbox.request('GET', '/code/contexts')).json(), []);
});
