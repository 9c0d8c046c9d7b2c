import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../support/until.ts';
import { bootAgent } from './booted-agent.ts';

const root = process.getuid!() === 0;
const user = root ? '61000:61001' : `${process.getuid!()}:${process.getgid!()}`;
const [uid] = user.split(':');
const show = 'echo "$(id -u)|$IMAGE|$BOTH|$NEW|$HOME|$CUBBY_TOKEN"';
const claim = {
  entrypoint: ['sh', '-c', `${show}; exec sleep 1000`],
  env: { BOTH: 'claim', NEW: 'a=b\nc' },
  user,
  keepHome: false,
};

test('what a claim says is what the entrypoint and every later process gets, whoever is the agent', async (t) => {
  const booted = await bootAgent(t, ['false']);
  const { body } = await booted.call('POST', '/entrypoint', claim);
  assert.ok(body.pid! > 0);
  const expected = root
    ? `${uid}|image|claim|a=b\nc|/|`
    : `${uid}|image|claim|a=b\nc|${await booted.run('echo $HOME')}|`;
  await until(() => booted.output().endsWith('|\n'), 'the entrypoint has said who it is');
  assert.equal(booted.output(), `${expected}\n`);
  assert.equal(await booted.run(show), expected);
  await booted.killAgent();
  assert.equal(await booted.run(show), expected);
  assert.equal((await booted.call('GET', '/entrypoint')).body.pid, body.pid);
});

test('a home that a claim says is kept, for files as for processes', async (t) => {
  const booted = await bootAgent(t, ['false']);
  await booted.call('POST', '/entrypoint', { ...claim, env: { HOME: booted.dir }, keepHome: true });
  assert.equal(await booted.run('echo $HOME'), booted.dir);
  assert.equal((await booted.call('GET', '/files/info?path=%24HOME%2Fenviron')).status, 200);
  await until(() => booted.output().includes(`|${booted.dir}|`), 'the entrypoint has it too');
});

test('without a claim the entrypoint is what the sandbox was started as', async (t) => {
  const booted = await bootAgent(t, ['sh', '-c', `${show}; exec sleep 1000`]);
  const { body } = await booted.call('POST', '/entrypoint');
  assert.ok(body.pid! > 0);
  await until(() => booted.output().includes('|image|image||'), 'it has run');
});

test('a claim of another start of the container is refused, and one of this start is taken', async (t) => {
  const booted = await bootAgent(t, ['false']);
  const { born } = (await booted.call('GET', '/entrypoint')).body;
  const refused = await booted.call('POST', '/entrypoint', { ...claim, born: '0'.repeat(32) });
  assert.equal(refused.body.code, 'ENTRYPOINT_FAILED');
  assert.equal((await booted.call('GET', '/entrypoint')).body.pid, undefined);
  assert.ok((await booted.call('POST', '/entrypoint', { ...claim, born })).body.pid! > 0);
});

test('a claim that comes after the start changes nothing', async (t) => {
  const booted = await bootAgent(t, ['false']);
  const { body } = await booted.call('POST', '/entrypoint', claim);
  const again = await booted.call('POST', '/entrypoint', { ...claim, env: { NEW: 'another' }, user: '0:0' });
  assert.deepEqual(again.body, body);
  assert.match(await booted.run(show), new RegExp(`^${uid}\\|image\\|claim\\|a=b\nc\\|`));
});

test('a claim that can’t be had leaves all as it was, and says why', async (t) => {
  const booted = await bootAgent(t, ['false'], { CUBBY_HARDENED: '1' });
  for (const [change, code, message] of [
    [{ user: 'no-such-user' }, 'UNKNOWN_USER', /no-such-user/],
    [{ user: '0' }, 'USER_NOT_ALLOWED', /is root/],
    [{ user: '00:5' }, 'USER_NOT_ALLOWED', /is root/],
    [{ entrypoint: [] }, 'INVALID_REQUEST_BODY', /entrypoint/],
    [{ entrypoint: ['a\0b'] }, 'INVALID_REQUEST_BODY', /NUL/],
    [{ env: { 'A=B': '' } }, 'INVALID_REQUEST_BODY', /without =/],
    [{ env: { A: 'b\0c' } }, 'INVALID_REQUEST_BODY', /NUL/],
    [{ env: { A: 'x'.repeat(600_000) } }, 'INVALID_REQUEST_BODY', /524288 bytes at most/],
  ] as const) {
    const { body } = await booted.call('POST', '/entrypoint', { ...claim, user: '61000', ...change });
    assert.equal(body.code, code, JSON.stringify(change).slice(0, 100));
    assert.match(body.message!, message);
  }
  assert.equal((await booted.call('GET', '/entrypoint')).body.pid, undefined);
  if (!root) return;
  const { body } = await booted.call('POST', '/entrypoint', { ...claim, user: '61000' });
  assert.ok(body.pid! > 0);
  assert.match(await booted.run(show), /^61000\|/);
});

test('nobody but the agent can read what a claim said', async (t) => {
  const booted = await bootAgent(t, ['false']);
  await booted.call('POST', '/entrypoint', claim);
  const file = join(booted.spool, 'claim');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), /NEW=a=b/);
  if (root) assert.match(await booted.run(`cat ${file} 2>&1`), /Permission denied/);
});

test('kernels that were ready before a claim have its environment and its user', async (t) => {
  const environment = 'import os; print(os.getuid(), os.environ.get("BOTH"), repr(os.environ.get("NEW")))';
  for (const who of root ? ['0:0', user] : [user]) {
    const booted = await bootAgent(t, ['false'], { CUBBY_KERNEL_SPARES: '1' });
    assert.deepEqual((await booted.call('POST', '/code/kernels/warm')).body, { ready: true });
    await booted.call('POST', '/entrypoint', { ...claim, user: who });
    const { text } = await booted.call('POST', '/code', { code: environment });
    assert.ok(text.includes(`${who.split(':')[0]} claim 'a=b\\\\nc'`), text);
  }
});
