import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findKernelSpecs, kernelSpecFor } from '../../../agent/kernels/kernelspecs.ts';
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

test('kernelspecs are found in Jupyter’s places, the first of each name', (t) => {
  const sh = (language: string) => ({ argv: ['/bin/sh', '{connection_file}'], language });
  const dir = makePlaces(t, { 'a/one': sh('First'), 'b/one': sh('second'), 'b/two': sh('two') });
  const env = { JUPYTER_PATH: `${dir}/a:relative:${dir}/b`, HOME: dir, PATH: '/bin' };
  const found = findKernelSpecs(env, caller).filter(({ argv }) => argv[0] === '/bin/sh');
  assert.deepEqual(
    found.map(({ name, language }) => [name, language]),
    [
      ['one', 'first'],
      ['two', 'two'],
    ],
  );
});

test('what is no kernelspec is passed over: no JSON, no program, a directory, a FIFO, a file of megabytes', (t) => {
  const dir = makePlaces(t, {
    'a/text': 'not json',
    'a/list': [],
    'a/noargv': { language: 'x' },
    'a/noprogram': { argv: ['/no/such/program'], language: 'x' },
    'a/relative': { argv: ['./kernel'], language: 'x' },
    'a/large': `{"argv": ["/bin/sh"], "language": "${'x'.repeat(1_000_000)}"}`,
    'a/fine': { argv: ['sh'], language: 'fine', interrupt_mode: 'what', env: { A: 'b' } },
  });
  mkdirSync(join(dir, 'a/kernels/directory/kernel.json'), { recursive: true });
  mkdirSync(join(dir, 'a/kernels/fifo'));
  execFileSync('mkfifo', [join(dir, 'a/kernels/fifo/kernel.json')]);
  symlinkSync('loop', join(dir, 'a/kernels/loop'));
  const env = { JUPYTER_PATH: `${dir}/a`, HOME: dir, PATH: '/usr/bin:/bin' };
  const here = findKernelSpecs(env, caller).filter(({ argv }) => /\/sh$/.test(argv[0]!));
  assert.equal(here.length, 1);
  assert.equal(here[0]?.name, 'fine');
  assert.equal(here[0]?.interruptMode, 'signal');
  assert.deepEqual(here[0]?.env, { A: 'b' });
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
  const spec = kernelSpecFor('python', { PATH: `${dir}/venv/bin:/usr/bin:/bin`, HOME: dir }, caller);
  assert.equal(spec.argv[0], join(dir, 'venv/bin/python'));
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
  await cell.stdoutUntil('begun');
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
