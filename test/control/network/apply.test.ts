import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { applyHere, applyInside, isApplied } from '../../../control/network/apply.ts';
import { until } from '../../support/until.ts';

const directory = await mkdtemp(join(tmpdir(), 'cubby-nft-'));
after(() => rm(directory, { recursive: true }));
const without = process.getuid?.() === 0 ? false : 'needs root';

async function filter(name: string, script: string, deadline = 60_000) {
  const nft = join(directory, name);
  await writeFile(nft, `#!/bin/sh\n${script}\n`);
  await chmod(nft, 0o755);
  return { nft, deadline };
}

test('a script is loaded from standard input and its table read back', async () => {
  const log = join(directory, 'log');
  const fake = await filter('works', `echo "$*" >> ${log}; [ "$1" = -f ] && cat >> ${log}; exit 0`);
  await applyHere(fake, 'the script\n', 'cubby');
  assert.equal(await readFile(log, 'utf8'), '-f -\nthe script\nlist table inet cubby\n');
});

test('what the filter program says is what went wrong', async () => {
  const fake = await filter('says', 'echo "line 1: syntax error" >&2; exit 1');
  await assert.rejects(applyHere(fake, 'x', 'cubby'), {
    code: 'NETWORK_RULES_FAILED',
    message: /line 1: syntax error/,
  });
  await assert.rejects(applyHere({ nft: '/nowhere/nft', deadline: 5000 }, 'x'), { code: 'NETWORK_RULES_FAILED' });
});

test('a filter program that never ends is ended with all that it started', async () => {
  const pidFile = join(directory, 'pid');
  // On a busy machine it may come to its deadline before it has started anything.
  for (let deadline = 300; !existsSync(pidFile); deadline *= 3) {
    const fake = await filter(
      'hangs',
      `sleep 1000 & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`,
      deadline,
    );
    const message = new RegExp(`${deadline} ms`);
    await assert.rejects(applyHere(fake, 'x'), { code: 'NETWORK_RULES_FAILED', message });
  }
  const pid = Number(await readFile(pidFile, 'utf8'));
  // The signal was sent; how soon the kernel gets to it is the kernel's business.
  const ended = async () => /^gone$|\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone'));
  await until(ended, 'the program has ended');
});

test('only a table of exactly that name counts as there', async () => {
  const fake = await filter('lists', 'printf "table inet cubby_abcdefgh2\\ntable ip nat\\n"');
  assert.equal(await isApplied(fake, 'cubby_abcdefgh'), false);
  assert.equal(await isApplied(fake, 'cubby_abcdefgh2'), true);
});

test('rules for a sandbox are never loaded into this machine’s own network', async () => {
  const touched = join(directory, 'touched');
  const fake = await filter('touches', `touch ${touched}`);
  // This very process has the right id and the wrong network.
  const own = { pid: process.pid, container: '' };
  await assert.rejects(applyInside(fake, own, 'cubby', 'x'), {
    code: 'NETWORK_RULES_FAILED',
    message: /shares the network/,
  });
  await assert.rejects(readFile(touched), { code: 'ENOENT' });
});

test('nor into that of a process which took over the container’s process id', { skip: without }, async () => {
  const touched = join(directory, 'touched');
  const fake = await filter('touches', `touch ${touched}`);
  const stranger = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await once(stranger.stdout, 'data');
    const target = { pid: stranger.pid ?? 0, container: 'f'.repeat(64) };
    await assert.rejects(applyInside(fake, target, 'cubby', 'x'), {
      code: 'NETWORK_RULES_FAILED',
      message: /not the container/,
    });
    await assert.rejects(readFile(touched), { code: 'ENOENT' });
  } finally {
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  }
  await assert.rejects(applyInside(fake, { pid: 0, container: 'x' }, 'cubby', 'x'), { code: 'NETWORK_RULES_FAILED' });
});
