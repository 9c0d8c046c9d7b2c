import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { ids, type WorkspaceCommands, workspaceCommands } from '../../../support/backfill.ts';
import { until } from '../../../support/until.ts';

/** Runs `cubby workspaces …` in a terminal of its own, which `script` makes. */
function inTerminal(t: TestContext, { words }: WorkspaceCommands, args: string[]) {
  const { argv, env } = words(args);
  const quoted = ['stty', 'cols', '60', 'rows', '24', ';', 'exec', process.execPath, ...argv];
  const line = quoted.map((word) => (word === ';' ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
    env: { ...env, SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number);
  t.after(async () => {
    child.kill();
    await ended;
  });
  return { shown: () => shown, type: (text: string) => void child.stdin.write(text), ended };
}

test('in a terminal a backfill shows a bar, and a collection asks for the number of what it deletes', async (t) => {
  const commands = await workspaceCommands(t);
  const { file, run, count } = commands;
  const users = file('users', `${ids(400).join('\n')}\napp:\x1b[31m\n`);

  await t.test('the bar is written over, is no wider than the terminal, and is gone in the end', async () => {
    const { shown, ended } = inTerminal(t, commands, ['backfill', users, '--issuer', 'app']);
    assert.equal(await ended, 1, shown());
    assert.match(shown(), /\r\[#{20}\] {2}workspaces: 400 of 400/);
    for (const [, drawn] of shown().matchAll(/\r(\[[#-]+\][^\r\n\x1b]*)/g)) assert.ok(drawn!.length < 60, drawn);
    const [last] = shown().split('\r\x1b[K').slice(-1);
    assert.equal(last, '400 users, 1 entries that are none: 400 workspaces were provisioned, 0 were there\r\n');
    // What stands in a list can't write over the terminal.
    assert.match(shown(), /line 401: expected .*found "app:app:\\u001b\[31m"/);
  });

  await t.test('the number that is typed deletes', async () => {
    const left = () => file('left', ids(400).slice(0, 395).join('\n'));
    const are = async () =>
      (await run(['collect', left(), '--issuer', 'app', '--grace', '0s'])).out.includes('; 5 of 400');
    await until(are, 'all are older than the list');
    const deleting = ['collect', left(), '--issuer', 'app', '--grace', '0s', '--delete'];
    const wrong = inTerminal(t, commands, deleting);
    await until(() => wrong.shown().includes('Type 5 to delete 5 workspaces: '), 'it asks');
    wrong.type('400\n');
    assert.equal(await wrong.ended, 1, wrong.shown());
    assert.equal(await count(), 400);
    const right = inTerminal(t, commands, deleting);
    await until(() => right.shown().includes('Type 5 to delete 5 workspaces: '), 'it asks');
    right.type('5\n');
    assert.equal(await right.ended, 0, right.shown());
    assert.match(right.shown(), /5 workspaces were deleted\r\n$/);
    assert.equal(await count(), 395);
  });
});
