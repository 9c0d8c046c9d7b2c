import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertDone, assertProblem, startFiles } from './server.ts';

const withPath: [method: string, route: string][] = [
  ['GET', '/files/info'],
  ['GET', '/files/search'],
  ['GET', '/files/download'],
  ['GET', '/directories/list'],
  ['DELETE', '/files'],
  ['DELETE', '/directories'],
];

const withBody: [route: string, body: (path: string) => unknown, field: (path: string) => string][] = [
  ['/files/permissions', (path) => ({ [path]: { mode: 644 } }), (path) => path],
  ['/files/mv', (path) => [{ src: path, dest: 'x' }], () => '0.src'],
  ['/files/mv', (path) => [{ src: '.', dest: path }], () => '0.dest'],
  ['/files/replace', (path) => ({ [path]: { old: 'a', new: 'b' } }), (path) => path],
  ['/directories', (path) => ({ [path]: { mode: 755 } }), (path) => path],
];

const badPaths = ['', 'a\0b', '\0', 'x'.repeat(5000), '$NOT_SET/a', `\${NOT_SET}`, 'a\uFFFDb', '$constructor'];

test('a path that can not be one is refused in every query, by the name of the parameter', async (t) => {
  const { get } = await startFiles(t);
  for (const [method, route] of withPath) {
    for (const path of badPaths) {
      const problem = await assertProblem(await get(route, { path }, { method }), 400, 'INVALID_PARAMETER');
      assert.equal(problem.field, 'path', `${method} ${route} ${path.slice(0, 20)}`);
      assert.ok(problem.expected);
    }
  }
});

test('a path that can not be one is refused in every body, by its place', async (t) => {
  const { post } = await startFiles(t);
  for (const [route, body, field] of withBody) {
    for (const path of [...badPaths, '\ud800']) {
      const problem = await assertProblem(await post(route, body(path)), 400, 'INVALID_PARAMETER');
      assert.equal(problem.field, field(path).slice(0, 200), `${route} ${path.slice(0, 20)}`);
    }
  }
});

test('a path of 10 MiB is refused', async (t) => {
  const { post, upload, dir } = await startFiles(t);
  const path = 'x'.repeat(10 * 1024 * 1024);
  for (const [route, body] of withBody) await assertProblem(await post(route, body(path)), 413, 'PAYLOAD_TOO_LARGE');
  await assertProblem(await upload({ path }, 'x'), 400, 'INVALID_FILE_METADATA');
  await assertProblem(await post('/directories', { ['n'.repeat(300)]: {} }), 400, 'INVALID_FILE');
  assert.ok(dir);
});

test('a directory that the system makes for nobody is refused', async (t) => {
  const { post, upload, dir } = await startFiles(t);
  writeFileSync(join(dir, 'file'), 'text');
  const where = '/proc/no/such';
  const refused = async (response: Response) => {
    assert.ok([403, 404].includes(response.status), await response.text());
  };
  await refused(await post('/directories', { [where]: {} }));
  await refused(await post('/files/mv', [{ src: `${dir}/file`, dest: `${where}/file` }]));
  await refused(await upload({ path: `${where}/file` }, 'text'));
});

test('percent-encoded bytes that are not UTF-8 are refused, by the name of the parameter', async (t) => {
  const { fetch } = await startFiles(t);
  for (const [method, route] of withPath) {
    const problem = await assertProblem(await fetch(`${route}?path=%FF%FE`, { method }), 400, 'INVALID_PARAMETER');
    assert.equal(problem.field, 'path');
  }
  const pattern = await fetch('/files/search?path=.&pattern=%C3');
  assert.equal((await assertProblem(pattern, 400, 'INVALID_PARAMETER')).field, 'pattern');
});

test('routes for one path need one', async (t) => {
  const { fetch } = await startFiles(t);
  for (const route of ['/files/search', '/files/download', '/directories/list']) {
    assert.equal((await assertProblem(await fetch(route), 400, 'MISSING_QUERY')).field, 'path');
    assert.equal((await assertProblem(await fetch(`${route}?path=a&path=b`), 400, 'INVALID_PARAMETER')).field, 'path');
  }
});

test('depth is whole, not negative and not huge', async (t) => {
  const { get } = await startFiles(t);
  for (const depth of ['-1', '1.5', 'x', '', '2147483648', '99999999999999999999']) {
    const response = await get('/directories/list', { path: '.', depth });
    assert.equal((await assertProblem(response, 400, 'INVALID_PARAMETER')).field, 'depth');
  }
});

test('a body that is not JSON, or of another shape, is refused', async (t) => {
  const { post } = await startFiles(t);
  for (const [route] of withBody) {
    for (const body of ['{"a":', 'nonsense', '"text"', '7', '{"a":7}', '[{}]', 'null', '{"a":null}']) {
      await assertProblem(await post(route, body), 400, 'INVALID_REQUEST_BODY');
    }
  }
});

test('tilde, variables, dots and relative paths mean what they mean in a shell in the working directory', async (t) => {
  const home = await startFiles(t);
  const { dir, get, post } = await startFiles(t, { ...callerOf(), home: home.dir }, { NAME: 'fi', PLACE: home.dir });
  writeFileSync(join(home.dir, 'file'), 'at home');
  writeFileSync(join(dir, 'file'), 'here');
  writeFileSync(join(dir, '~'), 'a tilde');
  const cases: [string, string][] = [
    ['file', 'here'],
    ['./x/../file', 'here'],
    [`\${NAME}le`, 'here'],
    ['~/file', 'at home'],
    ['$HOME/file', 'at home'],
    [`$PLACE/\${NAME}le`, 'at home'],
    ['./~', 'a tilde'],
  ];
  for (const [path, text] of cases) {
    assert.equal(await (await get('/files/download', { path })).text(), text, path);
  }
  await assertDone(await post('/directories', { '~/made/$NAME': {} }));
  assert.equal((await get('/files/info', { path: join(home.dir, 'made/fi') })).status, 200);
});

function callerOf() {
  return { name: 'self', uid: process.getuid!(), gid: process.getgid!(), groups: [], shell: '' };
}
