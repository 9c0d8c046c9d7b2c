import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseKernel, defaultKernel, type Wish } from '../../../agent/kernels/choose-kernel.ts';
import type { FoundSpec } from '../../../agent/kernels/kernelspec.ts';
import { ApiError } from '../../../shared/api/errors.ts';

function spec(name: string, language: string, displayName = name): FoundSpec {
  const path = `/k/${name}/kernel.json`;
  const rest = { env: {}, interruptMode: 'signal', transport: 'tcp' } as const;
  return { name, displayName, language, path, argv: ['/bin/sh'], ...rest };
}

const broken: FoundSpec = {
  name: 'old',
  displayName: 'Old',
  language: 'cobol',
  path: '/k/old.json',
  problem: 'names a program that is not there: /opt/cobol',
};
const found = [
  spec('conda', 'python'),
  spec('python3', 'python'),
  spec('ir', 'r', 'R'),
  spec('deno', 'typescript'),
  broken,
];
const chosen = (wish: Wish) => chooseKernel(found, wish).name;

function refusal(wish: Wish): ApiError {
  try {
    chooseKernel(found, wish);
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  assert.fail('nothing was refused');
}

test('a language means the kernel that is called as it is, else the first', () => {
  assert.equal(chosen({}), 'python3');
  assert.equal(chosen({ language: 'python' }), 'python3');
  assert.equal(chosen({ language: 'typescript' }), 'deno');
  assert.equal(defaultKernel(found, 'cobol'), undefined);
});

test('a kernel is known by its name, by its display name and by its language, whatever the case', () => {
  assert.equal(chosen({ kernel: 'IR' }), 'ir');
  assert.equal(chosen({ kernel: ' r ' }), 'ir');
  assert.equal(chosen({ kernel: 'conda' }), 'conda');
  assert.equal(chosen({ kernel: 'py' }), 'python3');
  assert.equal(chosen({ kernel: 'R', language: 'r' }), 'ir');
});

test('a kernel that isn’t there, or isn’t of the language, is refused with those that are', () => {
  const all = 'conda (python), deno (typescript), ir (r), python3 (python)';
  assert.equal(refusal({ kernel: 'octave' }).message, `This sandbox has no kernel octave. It has: ${all}.`);
  const other = refusal({ kernel: 'R', language: 'python' });
  assert.equal(other.message, `This sandbox has no kernel R for python. It has: ${all}.`);
  assert.deepEqual([other.code, other.field, other.expected], ['KERNEL_NOT_AVAILABLE', 'kernel', all]);
  assert.equal(refusal({ language: 'fortran' }).expected, 'python, r, typescript');
});

test('a kernel that can’t be used is refused with what is wrong with it, and where', () => {
  for (const wish of [{ language: 'cobol' }, { kernel: 'OLD' }])
    assert.match(
      refusal(wish).message,
      /The kernelspec \/k\/old\.json names a program that is not there: \/opt\/cobol\.$/,
    );
});
