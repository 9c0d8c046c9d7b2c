import assert from 'node:assert/strict';
import { request } from 'node:http';
import { startTestControl } from '../support/control.ts';
import { smallImage } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { jitToken, LobehubClient, otherKey, runs, signingKeys } from '../support/lobehub.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

const small = { ...signingKeys, 'lobehub.image': smallImage, 'sandbox.memory': '128Mi' };
const ada = { sub: 'user_ada' };
const mebibyte = 1024 * 1024;

engineTest('LobeHub’s routes are closed until a signing key is configured', async (t) => {
  const control = await startTestControl(t);
  const client = new LobehubClient(control.url, ada);
  for (const [method, path] of [
    ['POST', '/api/v1/commands/terminal'],
    ['POST', '/api/v1/tasks'],
    ['GET', '/api/v1/tasks/x'],
    ['POST', '/api/v1/tasks/x/cancel'],
  ] as const) {
    const { message } = await refused(await client.fetch(path, { method }), 'LOBEHUB_NOT_CONFIGURED');
    assert.match(message, /lobehub\.signing_keys/);
  }
});

engineTest('a LobeHub runs commands in sessions of its users’ workspaces', async (t) => {
  const control = await startTestControl(t, small);
  const client = new LobehubClient(control.url, ada);
  const list = async () => {
    const { items } = (await (await control.fetch('/v1/workspaces')).json()) as { items: { key: string }[] };
    return items.map(({ key }) => key).sort();
  };

  await t.test('only with a token that its key has signed, for its iss, and whose time is not up', async () => {
    const call = (token: string) =>
      fetch(`${control.url}/api/v1/commands/terminal`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ command: 'true', create_if_missing: true, session_id: 's' }),
      });
    for (const token of [
      'x',
      control.apiKey,
      jitToken({ ...ada, key: otherKey }),
      jitToken({ ...ada, iss: 'other' }),
      jitToken({ ...ada, iss: 'https://nobody.example.com' }),
    ]) {
      const answer = await call(token);
      // As LobeHub reads it.
      const { error } = (await answer.clone().json()) as { error: { code: string; message: string } };
      const { message } = await refused(answer, 'INVALID_JIT_TOKEN', 'authorization');
      assert.deepEqual(error, { code: 'invalid_jit_token', message });
    }
    const late = await call(jitToken({ ...ada, exp: Date.now() - 1 }));
    await refused(late, 'JIT_TOKEN_EXPIRED', 'authorization');
    await refused(await call(jitToken({ sub: 'a%2fb' })), 'INVALID_WORKSPACE_KEY', 'key');
    assert.deepEqual(await list(), []);
  });

  await t.test('whose workspace is made by the first, under their issuer and id', async () => {
    const first = await client.terminal('pwd; echo oops >&2; exit 7');
    const { lease_expires_unix_ms: expires, ...rest } = first;
    assert.deepEqual(rest, {
      session_id: 'lobe-user_ada-topic-1',
      created: true,
      exit_code: 7,
      stdout: '/sessions/lobe-user_ada-topic-1\n',
      stderr: 'oops\n',
      stdout_truncated: false,
      stderr_truncated: false,
    });
    assert.ok(expires > Date.now() + 600_000 && expires <= Date.now() + 900_000);
    assert.deepEqual(await list(), ['chat:user_ada']);
    const again = await client.terminal('echo here > file');
    assert.deepEqual([again.created, again.exit_code, again.stderr], [false, 0, '']);
  });

  await t.test('which have a directory each, and are another user’s under the same id', async () => {
    const topic = new LobehubClient(control.url, ada, 'topic-2');
    assert.equal((await topic.terminal('ls; cat ../lobe-user_ada-topic-1/file')).stdout, 'here\n');
    const eve = new LobehubClient(control.url, { sub: 'user_eve' });
    const theirs = await eve.terminal('ls; ls ..; hostname', { session_id: client.sessionId });
    assert.equal(theirs.created, true);
    assert.match(theirs.stdout, /^lobe-user_ada-topic-1\n\S+\n$/);
    const other = new LobehubClient(control.url, { ...ada, iss: 'other', key: otherKey });
    assert.equal((await other.terminal('ls')).stdout, '');
    assert.deepEqual(await list(), ['chat:user_ada', 'chat:user_eve', 'other:user_ada']);
  });

  await t.test('with a shell that is /bin/sh, one by one or many at once', async () => {
    assert.equal((await client.terminal('echo "$0:$#"; kill -9 $$')).exit_code, 137);
    assert.equal((await client.terminal("cat <<'END'\n$HOME `x` \\\nEND")).stdout, '$HOME `x` \\\n');
    assert.match((await client.terminal('(')).stderr, /syntax error/i);
    assert.equal((await client.terminal('printf "ä\\0\\377b"')).stdout, 'ä\0\ufffdb');
    const many = await Promise.all(Array.from({ length: 10 }, (_, i) => client.terminal(`echo ${i}`)));
    assert.equal(many.map(({ stdout }) => stdout).join(''), '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
  });

  await t.test('of more than an argument of Linux’s may have', async () => {
    const long = `wc -c <<'END'\n${'ü'.repeat(200_000)}\nEND\necho "$#$_cubby$_piece"; exit 4`;
    const { exit_code: code, stdout, stderr } = await client.terminal(long);
    assert.deepEqual([code, stdout, stderr], [4, '400001\n0\n', '']);
  });

  await t.test('and gets the first mebibyte of each stream, whatever comes', async () => {
    const { stdout, stderr, ...flags } = await client.terminal('seq 1 300000; echo end >&2');
    assert.deepEqual([flags.stdout_truncated, flags.stderr_truncated, flags.exit_code], [true, false, 0]);
    const all = Array.from({ length: 300_000 }, (_, i) => `${i + 1}\n`).join('');
    assert.ok(stdout === all.slice(0, mebibyte));
    // Of the last character there would be half.
    const cut = await client.terminal('head -c 1048575 /dev/zero | tr "\\0" x; printf üü');
    assert.deepEqual([cut.stdout_truncated, cut.stdout.length, cut.stdout.at(-1)], [true, mebibyte - 1, 'x']);
    const whole = await client.terminal('head -c 1048576 /dev/zero | tr "\\0" x');
    assert.deepEqual([whole.stdout_truncated, whole.stdout.length], [false, mebibyte]);
    assert.equal(stderr, 'end\n');
  });

  await t.test(
    'that are ended with all that they started when their time is up, or their caller has gone',
    async () => {
      const late = await client.terminal('echo begun; (sleep 7001 &); sleep 7001', { timeout_ms: 300 });
      assert.deepEqual([late.exit_code, late.stdout], [124, 'begun\n']);
      assert.match(late.stderr, /time was up/);
      await until(async () => !(await runs(control, 'user_ada', 'sleep 7001')), 'nothing of it is left');

      const body = JSON.stringify({ command: '(sleep 7002 &); sleep 7003', create_if_missing: true, session_id: 's' });
      const sent = request(`${control.url}/api/v1/commands/terminal`, {
        method: 'POST',
        headers: { authorization: `Bearer ${jitToken(ada)}`, 'content-type': 'application/json' },
      });
      sent.on('error', () => undefined);
      sent.end(body);
      await until(
        async () => (await runs(control, 'user_ada', 'sleep 7002')) && runs(control, 'user_ada', 'sleep 7003'),
        'both run',
      );
      sent.destroy();
      await until(async () => !(await runs(control, 'user_ada', 'sleep 700')), 'nothing of either is left');
    },
  );

  await t.test('in sessions whose files stay when their lease is over', async () => {
    const session = { session_id: 'short', lease_ttl_sec: 1 };
    assert.equal((await client.terminal('echo kept > file', session)).created, true);
    // It is another one's here, so that nothing renews it.
    const without = { command: 'cat file', session_id: 'short', lease_ttl_sec: 1 };
    const over = async () =>
      (
        await client.post('/api/v1/tasks', {
          capability: 'terminalResource',
          input: { session_id: 'short', file_path: 'file' },
          mode: 'sync',
        })
      ).json() as Promise<{ error?: { code: string } }>;
    await until(async () => (await over()).error?.code === 'session_not_found', 'its lease is over');
    const answer = await client.post('/api/v1/commands/terminal', without);
    const { error } = (await answer.clone().json()) as { error: { code: string } };
    assert.equal(error.code, 'session_not_found');
    await refused(answer, 'SESSION_NOT_FOUND', 'session_id');
    const anew = await client.terminal('cat file', { ...session, lease_ttl_sec: 900 });
    assert.deepEqual([anew.created, anew.stdout], [true, 'kept\n']);
    const on = await client.post('/api/v1/commands/terminal', without);
    const shorter = (await on.json()) as { created: boolean; stdout: string; lease_expires_unix_ms: number };
    assert.deepEqual([shorter.created, shorter.stdout], [false, 'kept\n']);
    assert.equal(shorter.lease_expires_unix_ms >= anew.lease_expires_unix_ms, true);
  });

  await t.test('and none of a session that is not there is begun, nor one of a user without a workspace', async () => {
    const nobody = new LobehubClient(control.url, { sub: 'user_nobody' });
    for (const one of [client, nobody]) {
      const body = { command: 'touch /tmp/no', session_id: 'none', create_if_missing: false };
      await refused(await one.post('/api/v1/commands/terminal', body), 'SESSION_NOT_FOUND', 'session_id');
    }
    assert.ok(!(await list()).includes('chat:user_nobody'));
    const unnamed = await client.post('/api/v1/commands/terminal', { command: 'pwd' });
    const {
      created,
      session_id: id,
      stdout,
    } = (await unnamed.json()) as { created: boolean; session_id: string; stdout: string };
    assert.deepEqual([created, stdout], [true, `/sessions/${id}\n`]);
  });

  await t.test('and bad input is refused by its field, before anything is made', async () => {
    const good = { command: 'true', session_id: 's', create_if_missing: true };
    for (const [field, wrong] of [
      ['command', ''],
      ['command', ' \n'],
      ['command', 'a\0b'],
      ['command', 'x'.repeat(mebibyte + 1)],
      ['command', 7],
      ['session_id', '..'],
      ['session_id', '.'],
      ['session_id', 'a/b'],
      ['session_id', '../../etc'],
      ['session_id', 'a\nb'],
      ['session_id', ''],
      ['session_id', 'x'.repeat(201)],
      ['lease_ttl_sec', 0],
      ['lease_ttl_sec', -1],
      ['lease_ttl_sec', 1e12],
      ['timeout_ms', 0],
      ['timeout_ms', 1.5],
      ['timeout_ms', 1e12],
    ] as const)
      await refused(
        await client.post('/api/v1/commands/terminal', { ...good, [field]: wrong }),
        'INVALID_REQUEST_BODY',
        field,
      );
    for (const [field, body] of [
      ['capability', { capability: 'computerUse' }],
      ['mode', { capability: 'terminalExec', input: good, mode: 'later' }],
      ['wait_ms', { capability: 'terminalExec', input: good, wait_ms: 60_001 }],
      ['input.command', { capability: 'terminalExec' }],
      ['input.session_id', { capability: 'terminalExec', input: { ...good, session_id: '../x' } }],
      ['input.file_path', { capability: 'terminalResource', input: { session_id: 's', file_path: 'a\0' } }],
      [
        'input.signed_url',
        { capability: 'terminalResource', input: { session_id: 's', file_path: 'a', action: 'export' } },
      ],
    ] as const)
      await refused(await client.post('/api/v1/tasks', body), 'INVALID_REQUEST_BODY', field);
  });
});
