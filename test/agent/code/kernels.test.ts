import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CodeContext, CodeKernel } from '../../../shared/api/code.ts';
import { type CellAnswer, type CodeClient, textOf } from './code-client.ts';
import { python, startSandbox } from './sandbox.ts';

/** A Python kernel that knows its own name. */
function named(name: string, language = 'python'): object {
  const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  return { argv, language, display_name: `The ${name}`, env: { KERNEL: name } };
}

const who = 'import os\nprint(os.environ.get("KERNEL"))';

function saidBy({ events, error }: CellAnswer): string {
  assert.deepEqual(error, {});
  return textOf(events, 'stdout').trim();
}

async function kernelsOf(sandbox: CodeClient, dir: string): Promise<CodeKernel[]> {
  const kernels = (await (await sandbox.request('GET', '/code/kernels')).json()) as CodeKernel[];
  return kernels.filter(({ path }) => path?.startsWith(dir));
}

test('a kernel is chosen by its name, has a default context of its own, and its context says what it is', async (t) => {
  const sandbox = await startSandbox(t, { specs: { Spare: named('Spare'), snake: named('snake', 'snake') } });
  assert.equal(saidBy(await sandbox.cell(`${who}\nx = 1`, { kernel: 'spare' })), 'Spare');
  assert.equal(saidBy(await sandbox.cell(`${who}\nx += 1`, { kernel: 'The SPARE', language: 'Python3' })), 'Spare');
  assert.equal(saidBy(await sandbox.cell('print(x)', { kernel: 'spare' })), '2');
  assert.equal(saidBy(await sandbox.cell(`${who}\nprint("x" in globals())`, {})), 'None\nFalse');
  const { kernel, language } = await sandbox.createContext({ kernel: 'snake' });
  assert.deepEqual([kernel, language], ['snake', 'snake']);
  const contexts = (await (await sandbox.request('GET', '/code/contexts?language=py')).json()) as CodeContext[];
  assert.deepEqual(
    contexts.map((context) => [context.language, context.kernel]),
    [
      ['python', 'Spare'],
      ['python', undefined],
    ],
  );
});

test('a kernel that isn’t there, or isn’t of the language, is refused with those that are', async (t) => {
  const sandbox = await startSandbox(t, { specs: { snake: named('snake', 'snake') } });
  for (const context of [{ kernel: 'octave' }, { kernel: 'snake', language: 'python' }]) {
    const { status, error } = await sandbox.cell('1', context);
    assert.deepEqual([status, error.code, error.field], [501, 'KERNEL_NOT_AVAILABLE', 'kernel']);
    assert.match(error.message, /It has: .*python3 \(python\).*, snake \(snake\)/);
  }
  const long = await sandbox.cell('1', { kernel: 'x'.repeat(129) });
  assert.deepEqual([long.status, long.error.code, long.error.field], [400, 'INVALID_REQUEST_BODY', 'context.kernel']);
});

test('a kernelspec that is dropped into a folder counts with the next request, in either form', async (t) => {
  const sandbox = await startSandbox(t);
  const place = join(sandbox.dir, 'jupyter/kernels');
  assert.equal((await sandbox.cell('1', { language: 'snake' })).error.code, 'KERNEL_NOT_AVAILABLE');
  writeFileSync(join(place, 'flat.json'), JSON.stringify(named('flat', 'Snake')));
  assert.equal(saidBy(await sandbox.cell(who, { language: 'snake' })), 'flat');
  mkdirSync(join(place, 'folder'));
  writeFileSync(join(place, 'folder/kernel.json'), JSON.stringify(named('folder', 'snake')));
  assert.equal(saidBy(await sandbox.cell(who, { kernel: 'folder' })), 'folder');
  rmSync(join(place, 'folder'), { recursive: true });
  assert.equal((await sandbox.cell('1', { kernel: 'other' })).error.code, 'KERNEL_NOT_AVAILABLE');
});

test('the list of kernels says what each is, and of a broken kernelspec what is wrong', async (t) => {
  const specs = { spare: named('spare'), gone: { argv: ['/opt/gone'], language: 'gone' }, text: 'no kernelspec' };
  const sandbox = await startSandbox(t, { specs });
  const at = (name: string) => join(sandbox.dir, 'jupyter/kernels', name, 'kernel.json');
  assert.deepEqual(await kernelsOf(sandbox, sandbox.dir), [
    {
      name: 'gone',
      display_name: 'gone',
      language: 'gone',
      path: at('gone'),
      is_default: false,
      is_available: false,
      problem: `${at('gone')} names a program that is not there: /opt/gone`,
    },
    {
      name: 'python3',
      display_name: 'python3',
      language: 'python',
      path: at('python3'),
      interrupt_mode: 'signal',
      is_default: true,
      is_available: true,
    },
    {
      name: 'spare',
      display_name: 'The spare',
      language: 'python',
      path: at('spare'),
      interrupt_mode: 'signal',
      is_default: false,
      is_available: true,
    },
    {
      name: 'text',
      display_name: 'text',
      path: at('text'),
      is_default: false,
      is_available: false,
      problem: `${at('text')} is no kernelspec: the whole: Invalid input: expected object, received string`,
    },
  ]);
});
