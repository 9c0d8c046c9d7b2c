import assert from 'node:assert/strict';
import type { ResourceResult } from '../../shared/api/lobehub.ts';
import { pythonImage, startTestControl } from '../support/control.ts';
import { jsonBody } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { LobehubClient, signingKeys, type ToolAnswer } from '../support/lobehub.ts';
import { startObjectStore } from '../support/object-store.ts';
import { until } from '../support/until.ts';
import { workspacePath } from '../support/workspaces.ts';

type Call = (name: string, params: Record<string, unknown>) => Promise<ToolAnswer>;

const settings = { ...signingKeys, 'lobehub.image': pythonImage };
const interpreterImage = 'cubby/interpreter:latest';
/** The names of tools in LobeHub's older manifest and its newer one. */
const generations = [
  {
    generation: 'the older names',
    list: 'listLocalFiles',
    read: 'readLocalFile',
    write: 'writeLocalFile',
    edit: 'editLocalFile',
    search: 'searchLocalFiles',
    move: 'moveLocalFiles',
    glob: 'globLocalFiles',
  },
  {
    generation: 'the newer names',
    list: 'listFiles',
    read: 'readFile',
    write: 'writeFile',
    edit: 'editFile',
    search: 'searchFiles',
    move: 'moveFiles',
    glob: 'globFiles',
  },
] as const;

/** What a tool that has worked tells. */
async function result(answer: Promise<ToolAnswer>): Promise<Record<string, unknown>> {
  const { success, result, error } = await answer;
  assert.equal(success, true, error?.message);
  assert.ok(result);
  return result;
}

/** What a tool that has failed shows. */
async function failure(answer: Promise<ToolAnswer>): Promise<string> {
  const { success, error } = await answer;
  assert.equal(success, false);
  assert.ok(error!.message.length > 0);
  return error!.message;
}

/** Every file tool, by the keys that LobeHub's runtime reads, as it works and as it fails. */
async function fileTools(call: Call, names: (typeof generations)[number], directory: string): Promise<void> {
  const at = (name: string) => `${directory}/${name}`;
  const text = Array.from({ length: 9000 }, (_, i) => `Zeile ${i + 1} – „größer“ 中文\n`).join('');
  const written = await result(call(names.write, { path: at('sub/a.txt'), content: text, createDirectories: true }));
  assert.deepEqual([written.bytesWritten, written.success], [Buffer.byteLength(text), true]);
  await failure(call(names.write, { path: '/proc/none/a', content: 'x' }));

  const lines = await result(call(names.read, { path: at('sub/a.txt'), startLine: 2, endLine: 3 }));
  assert.match(String(lines.content), /^Zeile 2 – „größer“ 中文\nZeile 3 – „größer“ 中文\n?$/);
  assert.deepEqual([lines.filename, lines.totalLineCount, lines.totalCharCount], ['a.txt', 9000, text.length]);
  await failure(call(names.read, { path: at('none.txt') }));

  const search = { path: at('sub/a.txt'), search: 'Zeile 17 –', replace: 'Line 17:' };
  assert.equal((await result(call(names.edit, search))).replacements, 1);
  assert.match(await failure(call(names.edit, search)), /not/i);

  const { files, totalCount } = await result(call(names.list, { directoryPath: directory }));
  assert.equal(totalCount, 1);
  const [entry] = files as { name: string; isDirectory: boolean }[];
  assert.deepEqual([entry!.name, entry!.isDirectory], ['sub', true]);
  await failure(call(names.list, { directoryPath: at('none') }));

  const grep = { pattern: '^Line 1[0-9]:', directory, filePattern: '*.txt' };
  const found = await result(call('grepContent', grep));
  const [match] = found.matches as { path: string; lineNumber: number; content: string }[];
  assert.deepEqual([found.totalMatches, match!.lineNumber, match!.content], [1, 17, 'Line 17: „größer“ 中文']);
  await failure(call('grepContent', { ...grep, pattern: '(' }));

  const moves = [
    { source: at('sub/a.txt'), destination: at('b.txt') },
    { source: at('none'), destination: at('c') },
  ];
  const moved = await result(call(names.move, { operations: moves }));
  assert.equal(moved.successCount, 1);
  const [one, other] = moved.results as { success: boolean; error?: string }[];
  assert.deepEqual([one!.success, other!.success, typeof other!.error], [true, false, 'string']);

  const hits = await result(call(names.search, { directory, keyword: 'b.t' }));
  assert.equal(hits.totalCount, 1);
  assert.equal((hits.results as { path: string }[])[0]!.path, at('b.txt'));
  const none = await result(call(names.search, { directory, keyword: 'nobody' }));
  assert.deepEqual([none.totalCount, none.results], [0, []]);

  const globbed = await result(call(names.glob, { directory, pattern: '**/*.txt' }));
  assert.deepEqual([globbed.files, globbed.totalCount], [[at('b.txt')], 1]);
  assert.equal((await result(call(names.glob, { directory, pattern: '*.none' }))).totalCount, 0);
}

/** Commands in front and behind. */
async function commandTools(call: Call): Promise<void> {
  const description = 'a test';
  const failed = await result(call('runCommand', { description, command: 'echo out; echo err >&2; exit 3' }));
  assert.deepEqual([failed.exitCode, failed.success, failed.stderr], [3, false, 'err\n']);
  assert.match(String(failed.output), /^out\n/);
  const command = 'echo begun; sleep 7010';
  const { commandId } = await result(call('runCommand', { description, command, background: true }));
  const asked: string[] = [];
  const running = async () => {
    const answer = await result(call('getCommandOutput', { commandId }));
    assert.equal(answer.success, true);
    asked.push(String(answer.newOutput));
    return answer.running;
  };
  await until(async () => (await running()) === true && asked.join('').includes('begun\n'), 'its output is told');
  assert.equal((await result(call('killCommand', { commandId }))).running ?? false, false);
  const ended = await result(call('getCommandOutput', { commandId }));
  assert.deepEqual([ended.running, ended.success], [false, false]);
  for (const name of ['getCommandOutput', 'killCommand'])
    await call(name, { commandId: 'nobody' }).then(
      ({ success, result }) => assert.ok(!success || result?.success === false),
      (error: Error) => assert.match(error.message, /\bno\b/),
    );
}

engineTest('LobeHub’s tools work by its self-hosted slot, under the names of both generations', async (t) => {
  const control = await startTestControl(t, settings);
  const client = new LobehubClient(control.url, { sub: 'user_ada' });
  for (const names of generations)
    await t.test(`files, by ${names.generation}`, () =>
      fileTools((name, params) => client.tool(name, params), names, `/tmp/${names.list}`),
    );
  await t.test('commands', () => commandTools((name, params) => client.tool(name, params)));
});

engineTest('LobeHub’s tools work natively in the same workspace, with the keys that its runtime reads', async (t) => {
  const control = await startTestControl(t, settings);
  const client = new LobehubClient(control.url, { sub: 'user_ada' });
  await client.terminal('echo here > /tmp/file');
  const call: Call = async (name, params) => {
    const response = await control.fetch(workspacePath('chat:user_ada', `/tools/${name}`), jsonBody(params));
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as ToolAnswer;
  };
  assert.match(String((await result(call('readFile', { path: '/tmp/file' }))).content), /^here\n?$/);
  for (const names of generations)
    await t.test(`files, by ${names.generation}`, () => fileTools(call, names, `/tmp/${names.list}`));
  await t.test('commands', () => commandTools(call));
});

engineTest('LobeHub runs code in its three languages', async (t) => {
  const control = await startTestControl(t, { ...settings, 'lobehub.image': interpreterImage });
  const client = new LobehubClient(control.url, { sub: 'user_ada' });
  const run = (language: string, code: string) =>
    result(client.tool('executeCode', { description: 'x', language, code }));
  // In an image that has no tsx, npx fetches it: there is no registry here.
  await client.terminal(`printf '#!/bin/sh\\nexec node "$@"\\n' > /usr/local/bin/tsx; chmod +x /usr/local/bin/tsx`);
  for (const [language, code, wrong] of [
    ['python', 'print(6 * 7, "größer")', 'raise SystemExit("no")'],
    ['javascript', 'console.log(6 * 7, "größer")', 'throw new Error("no")'],
    ['typescript', 'const n: number = 7; console.log(6 * n, "größer")', 'throw new Error("no" as string)'],
  ] as const) {
    const { output, exitCode } = await run(language, code);
    assert.deepEqual([output, exitCode], ['42 größer\n', 0], language);
    const failed = await run(language, wrong);
    assert.equal(failed.exitCode, 1, language);
    assert.match(String(failed.stderr), /no/);
  }
});

engineTest('two users at once never meet, in a thousand calls', async (t) => {
  const control = await startTestControl(t, {
    ...signingKeys,
    'lobehub.image': 'cubby/busybox:test',
    'sandbox.cpu': '2',
  });
  const users = ['user_ada', 'user_eve'].map((sub) => new LobehubClient(control.url, { sub }));
  const made = new Set<string>();
  await Promise.all(
    users.flatMap((client, u) =>
      Array.from({ length: 5 }, async (_, worker) => {
        for (let i = 0; i < 100; i++) {
          const mine = `user${u}-${worker}-${i}`;
          const { stdout, exit_code: code } = await client.terminal(
            `echo ${mine} >> all; tail -n 1 "all" > /dev/null; hostname; grep -c -v "^user${u}-" all; true`,
          );
          assert.equal(code, 0);
          const [host, others] = stdout.trim().split('\n');
          assert.equal(others, '0');
          made.add(`${u} ${host}`);
        }
      }),
    ),
  );
  assert.equal(made.size, 2);
  const { pagination } = (await (await control.fetch('/v1/sandboxes')).json()) as {
    pagination: { totalItems: number };
  };
  assert.equal(pagination.totalItems, 2);
  for (const [u, client] of users.entries()) {
    const { stdout } = await client.terminal('sort -u all | wc -l');
    assert.equal(stdout.trim(), '500', `user${u}`);
  }
});

engineTest('LobeHub’s exports are sent to the store that it has signed a URL of', async (t) => {
  const store = await startObjectStore(t);
  const control = await startTestControl(t, { ...settings, 'transfers.allowed_hosts': store.host });
  const client = new LobehubClient(control.url, { sub: 'user_ada' });
  await client.terminal('seq 1 400000 > zahlen.csv; seq 1 4 > klein.csv; mkdir dir');
  const exported = (path: string, url: string, headers: Record<string, string> = {}) =>
    client.submit('terminalResource', {
      action: 'export',
      file_path: path,
      headers,
      session_id: client.sessionId,
      signed_url: url,
    });
  const numbers = Array.from({ length: 400_000 }, (_, i) => `${i + 1}\n`).join('');
  const headers = { 'content-type': 'text/csv' };
  for (const path of ['zahlen.csv', `/root/sessions/${client.sessionId}/zahlen.csv`]) {
    const key = `out/${path.length}.csv`;
    const { status, result, error } = await exported(path, store.sign('PUT', key, { headers }), headers);
    assert.deepEqual([status, error], ['succeeded', undefined]);
    const { mime_type: type, size_bytes: size } = result as ResourceResult;
    assert.deepEqual([type, size], ['text/csv', numbers.length]);
    const kept = await store.get(key);
    assert.equal(kept?.headers.get('content-type'), 'text/csv');
    assert.ok((await kept!.text()) === numbers);
  }
  // Of a large one a store may close the connection before it is read why.
  const url = store.sign('PUT', 'none');
  for (const [path, to, code] of [
    ['none.csv', url, 'file_not_found'],
    ['dir', url, 'invalid_file'],
    ['klein.csv', `${url}0`, 'store_refused'],
    ['klein.csv', store.sign('GET', 'none'), 'store_refused'],
    ['klein.csv', 'http://127.0.0.1:1/x', 'transfer_url_not_allowed'],
    ['klein.csv', 'file:///etc/passwd', 'transfer_url_not_allowed'],
  ] as const) {
    const { status, result, error } = await exported(path, to);
    assert.deepEqual([status, result, error?.code], ['failed', undefined, code]);
    assert.ok(!error!.message.includes('Signature='), error!.message);
  }
  assert.equal(await store.get('none'), undefined);
});
