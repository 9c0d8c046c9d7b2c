import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskUse } from '../../../../control/runtimes/docker/disk-use.ts';
import { Engine, type EngineRequest } from '../../../../control/runtimes/docker/engine.ts';
import { Names } from '../../../../control/runtimes/docker/names.ts';
import { walked } from '../../../../control/runtimes/docker/walked.ts';
import { engineSocket, engineTest } from '../../../support/engine.ts';
import { openLab } from './lab.ts';

const mebibyte = 1024 ** 2;
const ever = new AbortController().signal;
const lab = openLab();

test('blocks count, and neither holes, second names nor what links lead to', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-walked-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [inside, outside] = [join(directory, 'inside'), join(directory, 'outside')];
  mkdirSync(inside);
  mkdirSync(outside);
  writeFileSync(join(outside, 'large'), Buffer.alloc(8 * mebibyte, 1));
  writeFileSync(join(inside, 'file'), Buffer.alloc(mebibyte, 1));
  linkSync(join(inside, 'file'), join(inside, 'its-second-name'));
  symlinkSync(outside, join(inside, 'link'));
  writeFileSync(join(inside, 'hole'), '');
  truncateSync(join(inside, 'hole'), 1024 * mebibyte);
  const bytes = (await walked([inside], ever))!;
  assert.ok(bytes >= mebibyte && bytes < 2 * mebibyte, `${bytes} bytes`);
  assert.ok((await walked([inside, outside], ever))! >= 9 * mebibyte, 'all of several');
  assert.equal(await walked([], ever), 0);
});

test('an empty file counts 4 KiB', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-walked-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (let i = 0; i < 1000; i += 1) writeFileSync(join(directory, String(i)), '');
  assert.ok((await walked([directory], ever))! >= 1000 * 4096);
});

test('what is not there, and a walk that is broken off, say nothing', async () => {
  assert.equal(await walked(['/nowhere/at/all'], ever), undefined);
  assert.equal(await walked(['/'], AbortSignal.abort()), undefined);
});

test('however much there is to complain of, the rest is known', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-walked-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'file'), Buffer.alloc(mebibyte, 1));
  const gone = Array.from({ length: 400 }, (_, index) => `/${`${index}/`.padStart(3000, 'gone/')}`);
  assert.ok((await walked([directory, ...gone], ever))! >= mebibyte);
});

engineTest('what is written into the engine’s own files counts too', async () => {
  const { runtime, run, shell } = await lab();
  await run('a2');
  assert.equal((await shell('a2', 'dd if=/dev/zero of=/etc/hosts bs=1M count=5')).code, 0);
  assert.ok((await runtime.diskUse('a2', ever))!.bytes! >= 5 * mebibyte);
  await runtime.remove('a2');
});

engineTest('where the engine’s directories can’t be seen, the engine says how much there is', async () => {
  const { runtime, run, shell, store } = await lab();
  const real = new Engine({ socketPath: engineSocket, deadline: 60_000 });
  const elsewhere = {
    async ask<T>(request: EngineRequest): Promise<T> {
      const answer = await real.ask<T & { GraphDriver?: object }>(request);
      return { ...answer, GraphDriver: { Name: 'overlay2', Data: { UpperDir: '/nowhere/at/all' } } };
    },
  } as Engine;
  await run('a1');
  assert.equal((await shell('a1', 'dd if=/dev/zero of=/large bs=1M count=5')).code, 0);
  const used = await diskUse({ engine: elsewhere, names: new Names(store) }, 'a1', ever);
  assert.equal(used?.enforcement, 'watched');
  assert.ok(used!.bytes! >= 5 * mebibyte && used!.bytes! < 6 * mebibyte, `${used?.bytes} bytes`);
  assert.ok((await runtime.diskUse('a1', ever))!.bytes! >= 5 * mebibyte);
  assert.equal(await runtime.diskUse('none', ever), undefined);
  await runtime.remove('a1');
});
