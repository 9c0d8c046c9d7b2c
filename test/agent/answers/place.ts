import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { python } from '../code/sandbox.ts';
import type { Files } from './files.ts';

const isRoot = process.getuid!() === 0;

/** Directories and files that requests are about, and who makes them. */
export interface Place {
  /** For the sandbox's own user, and for one that the path names. */
  files: Files[];
  environ: string;
  user: string;
}

/** Makes a place, which is gone after the test. */
export function makePlace(t: TestContext): Place {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-openapi-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  chmodSync(dir, 0o755);
  // Root's agent acts as somebody else, who doesn't get everywhere.
  const [uid, gid] = isRoot ? [12345, 23456] : [process.getuid!(), process.getgid!()];
  const kernels = {
    python3: { argv: [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'], language: 'python' },
    broken: { argv: ['/bin/sh', '-c', 'exit 3'], language: 'broken' },
  };
  for (const [name, spec] of Object.entries(kernels)) {
    mkdirSync(join(dir, 'kernels', name), { recursive: true });
    writeFileSync(join(dir, 'kernels', name, 'kernel.json'), JSON.stringify(spec));
  }
  for (const name of ['work', 'named', 'closed']) mkdirSync(join(dir, name));
  for (const place of ['work', 'named']) {
    for (const name of ['file', 'other', 'removed']) writeFileSync(join(dir, place, name), 'one\ntwo\n');
    for (const name of ['', 'file', 'other', 'removed']) chownSync(join(dir, place, name), uid, gid);
  }
  chmodSync(join(dir, 'closed'), 0);
  const environ = join(dir, 'environ');
  const variables = { PATH: process.env.PATH, HOME: join(dir, 'work'), JUPYTER_PATH: dir };
  writeFileSync(
    environ,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(''),
  );
  const files = [
    { dir: join(dir, 'work'), prefix: '' },
    { dir: join(dir, 'named'), prefix: `/v1/filesystem/${uid}/${gid}` },
  ];
  return { files, environ, user: `${uid}:${gid}` };
}
