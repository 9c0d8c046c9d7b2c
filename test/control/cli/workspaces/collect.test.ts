import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { test } from 'node:test';
import { ids, type WorkspaceCommands, workspaceCommands } from '../../../support/backfill.ts';
import { until } from '../../../support/until.ts';
import { ensure, workspacePath } from '../../../support/workspaces.ts';
import { noTerminal } from '../program.ts';

/** Provisions users of an application, and waits until they are older than a second, which is as fine as a server's clock is told. */
async function provisioned(commands: WorkspaceCommands, issuer: string, users: string[]): Promise<void> {
  const { file, run } = commands;
  const { code, err } = await run(['backfill', file(`${issuer}-all`, users.join('\n')), '--issuer', issuer]);
  assert.equal(code, 0, err);
  const nobody = file('nobody', 'nobody\n');
  const areOld = async () => {
    // Of a list's own time: a workspace that is younger than its list is left alone.
    file('nobody', 'nobody\n');
    const { out } = await run(['collect', nobody, '--issuer', issuer, '--grace', '0s']);
    return out.includes(`; ${users.length} of ${users.length} workspaces are of users that are gone`);
  };
  await until(areOld, 'all are older than the list');
}

test('workspaces of users that are gone are listed, and deleted when an administrator says so', async (t) => {
  const commands = await workspaceCommands(t);
  const { control, file, run, count } = commands;
  const users = ids(40);
  await provisioned(commands, 'app', users);
  await provisioned(commands, 'other', ['user-0@example.com', 'somebody']);
  const gone = ['user-3@example.com', 'user-5@example.com'];
  const left = file('left', users.filter((id) => !gone.includes(id)).join('\n'));
  const summary = '38 users; 2 of 40 workspaces are of users that are gone (5.0 %)';

  await t.test('without --delete nothing is done', async () => {
    const { code, out, err } = await run(['collect', left, '--issuer', 'app', '--grace', '0s']);
    assert.equal(code, 0, err);
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.at(-1), summary);
    assert.deepEqual(
      lines.slice(0, -1).map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d /, '')),
      gone.map((id) => ` Provisioned                    app:${id}`),
    );
    assert.equal(err, 'Nothing was deleted: --delete does that.\n');
    assert.equal(await count(), 42);
  });

  await t.test('where nobody can be asked, --delete alone does nothing', async () => {
    const { code, err } = await run(['collect', left, '--issuer', 'app', '--grace', '0s', '--delete']);
    assert.deepEqual(
      [code, err],
      [1, 'cubby: nothing was deleted: nobody is there to be asked; --yes deletes without a question\n'],
    );
    assert.equal(await count(), 42);
  });

  await t.test('an answer that is not their number deletes nothing', async () => {
    for (const answer of ['', 'y', '3', '20']) {
      const terminal = { ...noTerminal, ask: async () => answer };
      const { code, err } = await run(['collect', left, '--issuer', 'app', '--grace', '0s', '--delete'], { terminal });
      assert.deepEqual([code, err], [1, 'cubby: nothing was deleted\n']);
    }
    assert.equal(await count(), 42);
  });

  await t.test('their number deletes them, with their sandboxes, and no others', async () => {
    const { sandbox } = await ensure(control, 'app:user-3@example.com', {
      image: { uri: 'host' },
      resourceLimits: null,
    });
    const asked: string[] = [];
    const terminal = {
      ...noTerminal,
      ask: async (question: string) => {
        asked.push(question);
        return ' 2\n';
      },
    };
    const { code, out, err } = await run(['collect', left, '--issuer', 'app', '--grace', '0s', '--delete'], {
      terminal,
    });
    assert.equal(code, 0, err);
    assert.deepEqual(asked, ['Files in them are lost. Type 2 to delete 2 workspaces: ']);
    assert.match(out, /^\S+ \S+ {2}Running {6}\S+ \S+ {2}app:user-3@example\.com$/m);
    assert.ok(out.endsWith(`${summary}\n2 workspaces were deleted\n`), out);
    assert.equal(await count(), 40);
    assert.equal((await control.fetch(`/v1/sandboxes/${sandbox.id}`)).status, 404);
    for (const id of gone) assert.equal((await control.fetch(workspacePath(`app:${id}`))).status, 404);
    const again = await run(['collect', left, '--issuer', 'app', '--grace', '0s', '--delete', '--yes']);
    assert.deepEqual([again.code, again.out], [0, '38 users; 0 of 38 workspaces are of users that are gone\n']);
  });
});

test('a list that looks wrong collects nobody', async (t) => {
  const commands = await workspaceCommands(t);
  const { file, run, count } = commands;
  await provisioned(commands, 'app', ids(20));
  const destroy = ['--issuer', 'app', '--grace', '0s', '--delete', '--yes'];
  const refused = async (text: string, message: RegExp, args: string[] = []) => {
    const { code, err } = await run(['collect', file('list', text), ...destroy, ...args]);
    assert.equal(code, 1, err);
    assert.match(err, message);
    assert.equal(await count(), 20);
  };

  await t.test('an empty one, and one of another application’s users', async () => {
    await refused('', /^cubby: .*list has no user of app: nothing is gone by that$/m);
    await refused('other:ada\n', /has no user of app/, ['--whole-keys']);
    await refused('App:ada\n', /has no user of app/, ['--whole-keys', '--allow-bad', '--allow-share', '100']);
  });

  await t.test('one that lacks more than a tenth of all', async () => {
    const half = ids(20).slice(0, 10).join('\n');
    await refused(
      half,
      /more than 10 % of all workspaces, which a list that is not whole would look like; --allow-share 50/,
    );
    await refused(half, /more than 49\.9 %/, ['--allow-share', '49.9']);
    const dry = await run(['collect', file('list', half), '--issuer', 'app', '--grace', '0s']);
    assert.equal(dry.code, 0);
    assert.match(dry.err, /^Nothing was deleted: --delete does that, but that is more than 10 %/);
  });

  await t.test('one with a line that can’t be read: it may be somebody’s', async () => {
    const text = [...ids(20).slice(1), ' user-0@example.com'].join('\n');
    await refused(text, /^cubby: nothing was deleted: 1 entries could not be read, .*--allow-bad/m);
  });

  await t.test('one that was made before they signed up', async () => {
    const old = file('old', ids(20).slice(0, 19).join('\n'));
    const yesterday = new Date(Date.now() - 86_400_000);
    utimesSync(old, yesterday, yesterday);
    for (const grace of [['--grace', '0s'], []]) {
      const { code, out } = await run(['collect', old, '--issuer', 'app', ...grace, '--delete', '--yes']);
      assert.deepEqual(
        [code, out],
        [0, '19 users; 0 of 20 workspaces are of users that are gone, 1 more are too young to tell\n'],
      );
    }
    const fresh = await run([
      'collect',
      file('new', ids(20).slice(0, 19).join('\n')),
      '--issuer',
      'app',
      '--delete',
      '--yes',
    ]);
    assert.match(fresh.out, /1 more are too young to tell/);
    assert.equal(await count(), 20);
  });

  await t.test('--allow-share, --allow-bad and --whole-keys say that it is right all the same', async () => {
    const list = file('list', ['app:user-0@example.com', 'other:ada', 'x'].join('\n'));
    const { code, out } = await run([
      'collect',
      list,
      ...destroy,
      '--whole-keys',
      '--allow-bad',
      '--allow-share',
      '95',
    ]);
    assert.equal(code, 0);
    assert.match(out, /19 workspaces were deleted\n$/);
    assert.equal(await count(), 1);
  });

  await t.test('a command line that does not say whose', async () => {
    for (const [args, message] of [
      [[], /--issuer: expected whose workspaces/],
      [['--issuer', 'app', '--grace', '1 day'], /--grace: expected a time as 90s, 30m, 24h or 7d, found "1 day"/],
      [['--issuer', 'app', '--allow-share', '101'], /--allow-share: expected a number from 0 to 100/],
    ] as const) {
      const { code, err } = await run(['collect', file('list', 'x'), ...args]);
      assert.equal(code, 2);
      assert.match(err, message);
    }
  });
});

test('list, get and delete are about workspaces as they are', async (t) => {
  const commands = await workspaceCommands(t);
  const { file, run, count, start } = commands;
  await run(['backfill', file('users', 'b:2\na:ü\na:1\n')]);
  const { code, out } = await run(['list']);
  assert.equal(code, 0);
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(1)),
    [
      ['Provisioned', 'a:1'],
      ['Provisioned', 'a:ü'],
      ['Provisioned', 'b:2'],
    ],
  );
  const lines = (await run(['list', '--issuer', 'a', '--json'])).out.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { key: string }).key),
    ['a:1', 'a:ü'],
  );
  assert.equal((JSON.parse((await run(['get', 'a:ü'])).out) as { state: string }).state, 'Provisioned');
  assert.deepEqual(await run(['delete', 'a:ü']), { code: 0, out: '', err: '' });
  for (const word of ['get', 'delete'])
    assert.deepEqual(await run([word, 'a:ü']), {
      code: 1,
      out: '',
      err: 'cubby: there is no workspace of the key "a:ü"\n',
    });
  assert.equal(await count(), 2);
  const unread = start(['list']);
  unread.child.stdout.destroy();
  const { code: ended, err: said } = await unread.ended;
  assert.deepEqual([ended, said], [141, ''], 'whoever stops reading ends it without a word');
  for (const [args, message] of [
    [['get'], /expected one KEY/],
    [['get', 'ada'], /KEY: expected a key as issuer:subject/],
    [['delete', 'a:1', 'b:2'], /expected one KEY/],
    [['list', 'a'], /expected no words but flags/],
    [['list', '--issuer', 'A'], /--issuer: expected/],
    [['lst'], /there is no command "workspaces lst"; did you mean workspaces list\?/],
  ] as const) {
    const { code: wrong, err } = await run([...args]);
    assert.equal(wrong, 2, err);
    assert.match(err, message);
  }
});
