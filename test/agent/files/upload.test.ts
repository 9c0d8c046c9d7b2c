import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../support/until.ts';
import { assertDone, assertProblem, type FileServer, startFiles, unfinishedIn, user } from './server.ts';

/** A multipart body of parts in this order. */
function form(...parts: [name: string, content: string | Uint8Array<ArrayBuffer>][]): FormData {
  const data = new FormData();
  for (const [name, content] of parts) data.append(name, new Blob([content]), name);
  return data;
}

function send({ fetch }: FileServer, body: FormData): Promise<Response> {
  return fetch('/files/upload', { method: 'POST', body });
}

test('a file is written byte for byte, with its mode, and directories above it are made', async (t) => {
  const { dir, upload } = await startFiles(t, user);
  const content = new Uint8Array(randomBytes(5 * 1024 * 1024 + 13));
  await assertDone(await upload({ path: 'new/place/file', mode: 640, owner: null, group: '' }, content));
  assert.deepEqual(new Uint8Array(fs.readFileSync(join(dir, 'new/place/file'))), content);
  const { mode, uid } = fs.statSync(join(dir, 'new/place/file'));
  assert.deepEqual([mode & 0o7777, uid], [0o640, user.uid]);
});

test('a new file is 0644, a replaced one keeps its mode and owner', async (t) => {
  const { dir, upload } = await startFiles(t);
  await assertDone(await upload({ path: 'new' }, 'x'));
  assert.equal(fs.statSync(join(dir, 'new')).mode & 0o7777, 0o644);
  fs.writeFileSync(join(dir, 'old'), 'a longer content than the new one');
  fs.chmodSync(join(dir, 'old'), 0o711);
  if (process.getuid!() === 0) fs.chownSync(join(dir, 'old'), 1, 2);
  await assertDone(await upload({ path: 'old' }, ''));
  const { mode, size, uid, gid } = fs.statSync(join(dir, 'old'));
  assert.deepEqual([mode & 0o7777, size], [0o711, 0]);
  if (process.getuid!() === 0) assert.deepEqual([uid, gid], [1, 2]);
});

test('many pairs in one body, and all metadata before all files, go where they belong', async (t) => {
  const server = await startFiles(t);
  const names = Array.from({ length: 100 }, (_, index) => `file-${index}`);
  const pairs = names.flatMap((name): [string, string][] => [
    ['metadata', JSON.stringify({ path: name })],
    ['file', `content of ${name}`],
  ]);
  await assertDone(await send(server, form(...pairs)));
  for (const name of names) assert.equal(fs.readFileSync(join(server.dir, name), 'utf8'), `content of ${name}`);

  const large = new Uint8Array(randomBytes(3 * 1024 * 1024));
  await assertDone(
    await send(
      server,
      form(['metadata', '{"path":"a"}'], ['metadata', '{"path":"b"}'], ['other', 'x'], ['file', large], ['file', 'b']),
    ),
  );
  assert.deepEqual(new Uint8Array(fs.readFileSync(join(server.dir, 'a'))), large);
  assert.equal(fs.readFileSync(join(server.dir, 'b'), 'utf8'), 'b');
});

test('bodies that do not pair up, or whose metadata is none, are refused by name', async (t) => {
  const server = await startFiles(t);
  const metadata = '{"path":"a"}';
  const cases: [FormData, string, string][] = [
    [form(['file', 'x']), 'INVALID_FILE_METADATA', 'metadata[0]'],
    [form(['other', 'x']), 'INVALID_FILE_METADATA', 'metadata'],
    [form(['metadata', metadata]), 'INVALID_FILE_CONTENT', 'file[0]'],
    [form(['metadata', metadata], ['file', 'x'], ['file', 'y']), 'INVALID_FILE_METADATA', 'metadata[1]'],
    [form(['metadata', '{"path"'], ['file', 'x']), 'INVALID_FILE_METADATA', 'metadata[0]'],
    [form(['metadata', '[]'], ['file', 'x']), 'INVALID_FILE_METADATA', 'metadata[0]'],
    [form(['metadata', '{"mode":644}'], ['file', 'x']), 'INVALID_FILE_METADATA', 'metadata[0].path'],
    [form(['metadata', '{"path":"a","mode":888}'], ['file', 'x']), 'INVALID_FILE_METADATA', 'metadata[0].mode'],
    [form(['metadata', '{"path":""}'], ['file', 'x']), 'INVALID_PARAMETER', 'metadata[0].path'],
    [form(['metadata', '{"path":"a\\u0000"}'], ['file', 'x']), 'INVALID_PARAMETER', 'metadata[0].path'],
    [form(['metadata', JSON.stringify({ path: 'x'.repeat(70_000) })]), 'INVALID_FILE_METADATA', 'metadata[0]'],
    [form(['metadata', new Uint8Array([0x22, 0xff, 0x22])]), 'INVALID_FILE_METADATA', 'metadata[0]'],
    [form(['metadata', '{"path":"a","owner":"nobody-by-that-name"}']), 'INVALID_PARAMETER', 'metadata[0].owner'],
    [form(['metadata', '{"path":"."}'], ['file', 'x']), 'INVALID_FILE', 'metadata[0].path'],
    [form(['metadata', '{"path":"b/"}'], ['file', 'x']), 'INVALID_FILE', 'metadata[0].path'],
    [form(['metadata', '{"path":"/dev/null"}'], ['file', 'x']), 'INVALID_FILE', 'metadata[0].path'],
  ];
  for (const [body, code, field] of cases) {
    assert.equal((await assertProblem(await send(server, body), 400, code)).field, field);
  }
});

test('a body that is not multipart, has no boundary, or ends too early is refused', async (t) => {
  const server = await startFiles(t);
  const post = (type: string, body: string) => {
    return server.fetch('/files/upload', { method: 'POST', headers: { 'content-type': type }, body });
  };
  await assertProblem(await post('application/json', '{}'), 415, 'UNSUPPORTED_MEDIA_TYPE');
  await assertProblem(await post('multipart/form-data', 'x'), 400, 'INVALID_REQUEST_BODY');
  await assertProblem(await post('multipart/form-data; boundary=b', ''), 400, 'INVALID_REQUEST_BODY');
  const start = '--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"path":"a"}\r\n--b\r\n';
  const file = 'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it';
  await assertProblem(await post('multipart/form-data; boundary=b', start + file), 400, 'INVALID_REQUEST_BODY');
  assert.deepEqual(fs.readdirSync(server.dir), []);
});

test('an upload that is cut off leaves the old file and nothing else', async (t) => {
  const { dir, port } = await startFiles(t);
  fs.writeFileSync(join(dir, 'file'), 'old content');
  const socket = connect(port, '127.0.0.1');
  const start = `--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"path":"file"}\r\n--b\r\n`;
  const header = 'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
  socket.write('POST /files/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n');
  socket.write(`Content-Type: multipart/form-data; boundary=b\r\n\r\n${start}${header}`);
  socket.write(Buffer.alloc(3_000_000, 'n'));
  await until(() => unfinishedIn(dir).length === 1, 'the new content is on its way');
  socket.destroy();
  await once(socket, 'close');
  await until(() => unfinishedIn(dir).length === 0, 'the unfinished file is gone');
  assert.deepEqual(fs.readdirSync(dir), ['file']);
  assert.equal(fs.readFileSync(join(dir, 'file'), 'utf8'), 'old content');
});

test('a full disk is told, and the old file stays', async (t) => {
  const { dir, upload } = await startFiles(t);
  const small = join(dir, 'small');
  fs.mkdirSync(small);
  const enlarge = makeSmall(small);
  try {
    fs.writeFileSync(join(small, 'file'), 'old content');
    const content = new Uint8Array(8 * 1024 * 1024);
    const problem = await assertProblem(await upload({ path: 'small/file' }, content), 507, 'DISK_FULL');
    assert.equal(problem.field, 'metadata[0].path');
    assert.deepEqual(fs.readdirSync(small), ['file']);
    assert.equal(fs.readFileSync(join(small, 'file'), 'utf8'), 'old content');
  } finally {
    enlarge();
  }
});

/** Lets a directory take a mebibyte. Only root can mount there; for others a limit on the size of files refuses likewise. */
function makeSmall(directory: string): () => void {
  if (process.getuid!() === 0) {
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory);
    return () => run('umount', directory);
  }
  const ignore = () => {};
  process.on('SIGXFSZ', ignore);
  run('prlimit', '--pid', String(process.pid), '--fsize=1048576:unlimited');
  return () => {
    run('prlimit', '--pid', String(process.pid), '--fsize=unlimited:unlimited');
    process.off('SIGXFSZ', ignore);
  };
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

test('through a link the file that it points to is written, there or not there yet', async (t) => {
  const { dir, upload } = await startFiles(t);
  fs.mkdirSync(join(dir, 'real'));
  fs.writeFileSync(join(dir, 'real/file'), 'old');
  fs.symlinkSync('real', join(dir, 'directory'));
  fs.symlinkSync('directory/file', join(dir, 'link'));
  fs.symlinkSync('../real/later', join(dir, 'real/dangling'));
  await assertDone(await upload({ path: 'link' }, 'new'));
  await assertDone(await upload({ path: 'directory/dangling' }, 'later'));
  assert.equal(fs.readlinkSync(join(dir, 'link')), 'directory/file');
  assert.equal(fs.readFileSync(join(dir, 'real/file'), 'utf8'), 'new');
  assert.equal(fs.readFileSync(join(dir, 'real/later'), 'utf8'), 'later');
  fs.symlinkSync('loop', join(dir, 'loop'));
  await assertProblem(await upload({ path: 'loop' }, 'x'), 400, 'INVALID_FILE');
});

test('a FIFO in the place of a file is refused and not waited for', async (t) => {
  const { dir, upload } = await startFiles(t);
  assert.equal(spawnSync('mkfifo', [join(dir, 'pipe')]).status, 0);
  await assertProblem(await upload({ path: 'pipe' }, 'x'), 400, 'INVALID_FILE');
});

test('a file that is a mount point, as /etc/hosts in a container, is written in place', async (t) => {
  const { dir, upload } = await startFiles(t);
  fs.writeFileSync(join(dir, 'hosts'), 'old and longer');
  fs.writeFileSync(join(dir, 'mounted'), '');
  // Without root there is none to be had, and the same upload goes the usual way.
  if (process.getuid!() === 0) run('mount', '--bind', join(dir, 'hosts'), join(dir, 'mounted'));
  else fs.renameSync(join(dir, 'hosts'), join(dir, 'mounted'));
  try {
    await assertDone(await upload({ path: 'mounted' }, 'new'));
    assert.equal(fs.readFileSync(join(dir, 'mounted'), 'utf8'), 'new');
  } finally {
    if (process.getuid!() === 0) run('umount', join(dir, 'mounted'));
  }
});

test('a refused upload is answered although most of its body was not read', async (t) => {
  const server = await startFiles(t);
  const body = form(['metadata', '{"path":"."}'], ['file', new Uint8Array(30 * 1024 * 1024)]);
  await assertProblem(await send(server, body), 400, 'INVALID_FILE');
});
