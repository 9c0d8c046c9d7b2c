import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Launcher } from '../../../agent/processes/launcher.ts';
import { pack } from '../../support/pack.ts';
import { descendants, launchersOf } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

function makeLauncher(t: TestContext): { launcher: Launcher; script(lines: string): string } {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-launcher-'));
  const launcher = new Launcher(join(pack, 'init'));
  t.after(async () => {
    launcher.close();
    await until(() => programs().length === 0, 'what starts programs has ended');
    rmSync(dir, { recursive: true, force: true });
  });
  let count = 0;
  const script = (lines: string) => {
    count += 1;
    const path = join(dir, `script-${count}`);
    writeFileSync(path, `#!/bin/sh\n${lines}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  return { launcher, script };
}

const programs = () => launchersOf(process.pid);

test('a program that says ready is told of, and its end is', async (t) => {
  const { launcher, script } = makeLauncher(t);
  const path = script('echo "ready $$"; exec >&- 2>&-; exec sleep "$1"');
  const { failure, over } = await launcher.launch([path, '0.01'], {});
  assert.equal(failure, undefined);
  await over;
});

test('its arguments and its environment are just those that it was started with, whatever is in them', async (t) => {
  const { launcher, script } = makeLauncher(t);
  const path = script('printf "%s|" "$@" "$ODD" "$LAUNCHER_TEST"; exit 1');
  process.env.LAUNCHER_TEST = 'inherited';
  t.after(() => delete process.env.LAUNCHER_TEST);
  const { failure } = await launcher.launch([path, '', 'two words', '$HOME "\'', 'ü'], { ODD: 'a=b' });
  assert.equal(failure, '|two words|$HOME "\'|ü|a=b||');
});

test('one that ends without ready is told of by the first line of its words', async (t) => {
  const { launcher, script } = makeLauncher(t);
  const { failure, over } = await launcher.launch([script('echo "no room" >&2; echo more; exit 3')], {});
  assert.equal(failure, 'no room');
  await over;
  assert.equal((await launcher.launch([script('exit 0')], {})).failure, 'its runner ended without a word');
});

test('one that can’t be executed is told of, and one with more words than Linux takes', async (t) => {
  const { launcher } = makeLauncher(t);
  assert.match((await launcher.launch(['/does/not/exist'], {})).failure!, /No such file or directory$/);
  for (const bytes of [3_000_000, 30_000_000]) {
    assert.match((await launcher.launch(['/bin/true', 'x'.repeat(bytes)], {})).failure!, /Argument list too long$/);
  }
});

test('many at once are each told of', async (t) => {
  const { launcher, script } = makeLauncher(t);
  const path = script('[ "$1" -lt 100 ] && echo "ready $$" || echo "failed $1"');
  const all = await Promise.all(Array.from({ length: 200 }, (_, i) => launcher.launch([path, String(i)], {})));
  assert.deepEqual(
    all.map(({ failure }) => failure),
    Array.from({ length: 200 }, (_, i) => (i < 100 ? undefined : `failed ${i}`)),
  );
  await Promise.all(all.map(({ over }) => over));
});

test('where it is killed, who waits is told so, what runs goes on, and the next start works', async (t) => {
  const { launcher, script } = makeLauncher(t);
  const running = await launcher.launch([script('echo "ready $$"; exec sleep 991')], {});
  const [sleeper] = await untilSome('sleep 991');
  t.after(() => process.kill(sleeper!.pid));
  const waiting = launcher.launch([script('exec sleep 0.5')], {});
  process.kill(programs()[0]!.pid, 'SIGKILL');
  assert.equal((await waiting).failure, 'what starts programs has ended');
  await running.over;
  process.kill(sleeper!.pid, 0);
  assert.equal((await launcher.launch([script('echo "ready $$"')], {})).failure, undefined);
});

test('what it started lives on when it is ended', async (t) => {
  const { launcher, script } = makeLauncher(t);
  await launcher.launch([script('echo "ready $$"; exec sleep 992')], {});
  const [sleeper] = await untilSome('sleep 992');
  t.after(() => process.kill(sleeper!.pid));
  launcher.close();
  await until(() => programs().length === 0, 'it has ended');
  process.kill(sleeper!.pid, 0);
});

async function untilSome(command: string): Promise<{ pid: number }[]> {
  const found = () => descendants(process.pid).filter((seen) => seen.command === command);
  await until(() => found().length > 0, `${command} runs`);
  return found();
}
