import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { ids, workspaceCommands } from '../../../support/backfill.ts';
import { until } from '../../../support/until.ts';
import { workspace } from '../../../support/workspaces.ts';

test('a file of users becomes workspaces, each once, and no sandbox is started', async (t) => {
  const { control, file, run, count } = await workspaceCommands(t);
  const users = file('users.csv', `id,plan\n${ids(300).join(',x\n')},x\n`);

  await t.test('a dry run says what there is to do, and does nothing', async () => {
    const { code, out, err } = await run(['backfill', users, '--issuer', 'app', '--dry-run']);
    assert.deepEqual([code, out, err], [0, '300 users: 300 workspaces would be provisioned, 0 are there\n', '']);
    assert.equal(await count(), 0);
  });

  await t.test('they are provisioned, and made of what was said when they are first needed', async () => {
    const { code, out, err } = await run(['backfill', users, '--issuer', 'app']);
    assert.deepEqual([code, out, err], [0, '300 users: 300 workspaces were provisioned, 0 were there\n', '']);
    assert.equal(await count(), 300);
    const { state, sandbox } = await workspace(control, 'app:user-7@example.com');
    assert.deepEqual([state, sandbox], ['Provisioned', undefined]);
  });

  await t.test('a second run does only what is left', async () => {
    const { createdAt } = await workspace(control, 'app:user-7@example.com');
    const more = file('more.csv', `id\n${[...ids(300), 'one-more', 'one-more'].join('\n')}\n`);
    const { code, out } = await run(['backfill', more, '--issuer', 'app']);
    const said = '301 users, 1 of them more than once: 1 workspaces were provisioned, 300 were there\n';
    assert.deepEqual([code, out], [0, said]);
    assert.equal((await workspace(control, 'app:user-7@example.com')).createdAt, createdAt);
  });

  await t.test('a few users among many workspaces are asked for without a look at all of them', async () => {
    const { code, out } = await run(['backfill', file('few', 'one-more\nanother\n'), '--issuer', 'app']);
    assert.deepEqual([code, out], [0, '2 users: 1 workspaces were provisioned, 1 were there\n']);
  });

  await t.test('from standard input, too', async () => {
    async function* input() {
      yield Buffer.from('{"key":"app:stdin","n":1}\n');
    }
    const terminal = { columns: () => undefined, ask: async () => undefined, input };
    const { code, out } = await run(['backfill', '-', '--format', 'jsonl', '--column', 'key'], { terminal });
    assert.deepEqual([code, out], [0, '1 users: 1 workspaces were provisioned, 0 were there\n']);
    assert.equal((await workspace(control, 'app:stdin')).state, 'Provisioned');
  });
});

test('lines that are no users are told of with their number, and stop no others', async (t) => {
  const { control, file, run, count } = await workspaceCommands(t);
  const text = Buffer.from('app:ada\n\napp:\nada\nApp:ada\napp:%41\napp:a\x07b\napp:ü\n');
  const users = file('users', Buffer.concat([text, Buffer.from([0x61, 0xff, 0x0a]), Buffer.from('app:last')]));
  const { code, out, err } = await run(['backfill', users]);
  assert.equal(code, 1);
  assert.equal(out, '3 users, 6 entries that are none: 3 workspaces were provisioned, 0 were there\n');
  const lines = err.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => /line (\d+): expected/.exec(line)?.[1]),
    ['3', '4', '5', '6', '7', '9'],
  );
  assert.match(lines[0]!, /users, line 3: expected a subject behind the colon, found "app:"$/);
  assert.match(lines[4]!, /control, invisible and unassigned characters, found "app:a\\u0007b"$/);
  assert.equal(await count(), 3);
  assert.equal((await workspace(control, 'app:ü')).state, 'Provisioned');
});

test('runs at once provision each workspace once between them', async (t) => {
  const { file, run, count } = await workspaceCommands(t);
  const users = file('users', ids(600).join('\n'));
  const runs = await Promise.all([1, 2, 3].map(() => run(['backfill', users, '--issuer', 'app'])));
  assert.deepEqual(
    runs.map(({ code }) => code),
    [0, 0, 0],
  );
  const provisioned = runs.map(({ out }) => Number(/: ([\d,]+) workspaces/.exec(out)![1]!.replace(',', '')));
  assert.equal(
    provisioned.reduce((a, b) => a + b),
    600,
  );
  assert.equal(await count(), 600);
});

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`a run that ${signal} ends in the middle is carried on by the next`, async (t) => {
    const { file, run, start, count } = await workspaceCommands(t);
    const many = 2000;
    const users = file('users', ids(many).join('\n'));
    const first = start(['backfill', users, '--issuer', 'app', '--concurrency', '4']);
    const early = first.ended.then(({ err }) => assert.fail(`it ended before its time: ${err}`));
    await Promise.race([until(async () => (await count()) > 200, 'some are there'), early]);
    first.kill(signal);
    early.catch(() => {});
    const { code, err } = await first.ended;
    if (signal === 'SIGINT') {
      assert.equal(code, 130, err);
      assert.match(err, /^stopped after [\d,]+ were provisioned: the same command does what is left$/m);
    }
    const there = await count();
    assert.ok(there > 200 && there < many, `${there}`);
    const { code: done, out } = await run(['backfill', users, '--issuer', 'app']);
    assert.equal(done, 0);
    const number = (value: number) => value.toLocaleString('en-US');
    const said = `${number(many)} users: ${number(many - there)} workspaces were provisioned, ${number(there)} were there\n`;
    assert.equal(out, said);
    assert.equal(await count(), many);
  });
}

test('a connection that is lost for a while costs nothing but time', async (t) => {
  const { control, file, run, count } = await workspaceCommands(t);
  const port = Number(new URL(control.url).port);
  const sockets = new Set<Socket>();
  let refusals = 0;
  const between = createServer((socket) => {
    if (refusals > 0) {
      refusals -= 1;
      socket.destroy();
      return;
    }
    const onward = connect(port, '127.0.0.1');
    for (const each of [socket, onward]) {
      sockets.add(each);
      each
        .on('error', () => {})
        .once('close', () => {
          sockets.delete(each);
          socket.destroy();
          onward.destroy();
        });
    }
    socket.pipe(onward).pipe(socket);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  t.after(() => {
    between.close();
    for (const each of sockets) each.destroy();
  });
  const url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  const running = run(['backfill', file('users', ids(500).join('\n')), '--issuer', 'app', '--url', url]);
  await until(async () => (await count()) > 100, 'some are there');
  refusals = 30;
  for (const each of sockets) each.destroy();
  const { code, out, err } = await running;
  assert.deepEqual([code, refusals], [0, 0], err);
  assert.match(err, /^trying again: /m);
  assert.match(out, /^500 users: /);
  assert.equal(await count(), 500);
});

test('what all users would be refused ends the run, and says why', async (t) => {
  const { file, run, count } = await workspaceCommands(t);
  const users = file('users', 'app:ada\napp:bob\n');
  const template = await run(['backfill', users, '--template', 'there-is-none']);
  assert.equal(template.code, 1);
  assert.match(template.err, /^cubby: .*TEMPLATE_NOT_FOUND\)$/m);
  const nobody = await run(['backfill', users, '--url', 'http://127.0.0.1:1', '--retry-seconds', '0']);
  assert.equal(nobody.code, 1);
  assert.match(nobody.err, /^cubby: http:\/\/127\.0\.0\.1:1: /);
  const missing = await run(['backfill', 'no-such-file', '--issuer', 'app']);
  assert.deepEqual(
    [missing.code, missing.err],
    [1, 'cubby: no-such-file: expected a file that can be read, found ENOENT\n'],
  );
  assert.equal(await count(), 0);
});

test('a command line that says too little or too much is refused before anything is done', async (t) => {
  const { file, run, count } = await workspaceCommands(t);
  const users = file('users', 'app:ada\n');
  for (const [args, message] of [
    [[], /expected one FILE, or - for standard input, or --query/],
    [[users, users], /expected one FILE/],
    [[users, '--query', 'select 1'], /expected one FILE/],
    [[users, '--issuer', 'App'], /--issuer: expected 1 to 63/],
    [[users, '--issuer', 'a', '--issuer-column', 'b'], /expected one of the two/],
    [[users, '--format', 'xml'], /--format: expected lines, csv, jsonl/],
    [[users, '--template', 'a', '--request', 'b'], /expected --template NAME or --request FILE/],
    [[users, '--concurrency', '0'], /--concurrency: expected a number from 1 to 256, found "0"/],
    [[users, '--retry-seconds', '-1'], /--retry-seconds/],
    [[users, '--url', 'ftp://x'], /--url: expected a URL/],
    [[users, '--url', 'http://me:secret@x'], /--url: expected a URL/],
    [[users, '--no-such-flag'], /Unknown option '--no-such-flag'/],
    [[users, '--postgres', 'postgres://x/y'], /--query: expected the query/],
    [['--query', 'select 1', '--postgres', 'postgres://me:secret@x/y'], /a URL without a password/],
    [['--query', 'select 1', '--postgres', 'postgres:///y?password=secret'], /a URL without a password/],
    [['--query', 'select 1', '--postgres-file', 'no-such'], /--postgres-file: expected a file .* ENOENT/],
  ] as const) {
    const { code, err } = await run(['backfill', ...args]);
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.match(err, message, args.join(' '));
    assert.doesNotMatch(err, /secret/);
  }
  assert.equal(await count(), 0);
});
