import assert from 'node:assert/strict';
import { chmodSync, chownSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { buildInit } from './binary.ts';
import { Booted } from './booted.ts';

const root = process.getuid!() === 0;
const self = `${process.getuid!()} ${process.getgid!()} -`;
const asRoot = { skip: root ? false : 'only root can give a file away' };
const show = ['sh', '-c', 'echo "$0|$1|$HOME|$IMAGE|$BOTH|$NEW|$CUBBY_TOKEN"', 'zero', 'one two'];
const env = { IMAGE: 'image', BOTH: 'image', CUBBY_TOKEN: 'secret', HOME: '/image' };

let init = '';
before(() => {
  init = buildInit();
});

function put(dir: string, words: string[], name = 'claim'): string {
  const path = join(dir, name);
  writeFileSync(path, words.map((word) => `${word}\0`).join(''), { mode: 0o600 });
  return path;
}

test('a claim takes the place of the entrypoint, and its variables lie over those of the image', async (t) => {
  const booted = Booted.start(t, init, ['false'], { env });
  const agent = await booted.agent();
  const path = put(booted.dir, ['user', '0', '5', ...show, 'BOTH=claim', 'NEW=a=b c', 'EMPTY=']);
  assert.equal(await agent.ask(`claim ${path}`), 'claimed');
  assert.equal(await agent.ask('status'), 'waiting');
  // An entrypoint that ends at once may take the agent along before that has the answer.
  agent.say(`go ${self} /home/of one\n`);
  assert.equal(await booted.ended(), 0);
  assert.equal(booted.stdout, 'zero|one two|/home/of one|image|claim|a=b c|\n');
});

test('a claim may keep the home it says, and the last one counts', async (t) => {
  const booted = Booted.start(t, init, ['false'], { env });
  const agent = await booted.agent();
  assert.equal(await agent.ask(`claim ${put(booted.dir, ['', '0', '1', 'false'])}`), 'claimed');
  assert.equal(await agent.ask(`claim ${put(booted.dir, ['', '1', '5', ...show, 'HOME=/claimed'])}`), 'claimed');
  agent.say(`go ${self} /home/user\n`);
  assert.equal(await booted.ended(), 0);
  assert.equal(booted.stdout, 'zero|one two|/claimed|image|image||\n');
});

test('a program is looked for where the claim’s PATH says', async (t) => {
  const booted = Booted.start(t, init, ['false'], { env });
  const agent = await booted.agent();
  writeFileSync(join(booted.dir, 'own-program'), '#!/bin/sh\necho found\n', { mode: 0o755 });
  const path = put(booted.dir, ['', '0', '1', 'own-program', `PATH=${booted.dir}:/usr/bin:/bin`]);
  assert.equal(await agent.ask(`claim ${path}`), 'claimed');
  agent.say(`go ${self} /\n`);
  assert.equal(await booted.ended(), 0);
  assert.equal(booted.stdout, 'found\n');
});

test('a claim after the start changes nothing, and is told so', async (t) => {
  const booted = Booted.start(t, init, ['sh', '-c', 'read line; echo $line']);
  const agent = await booted.agent();
  const started = await agent.ask(`go ${self} /`);
  assert.equal(await agent.ask(`claim ${put(booted.dir, ['', '0', '1', 'false'])}`), started);
  booted.child.stdin!.write('still here\n');
  assert.equal(await booted.ended(), 0);
  assert.equal(booted.stdout, 'still here\n');
});

test('what makes no sense as a claim is refused, and all stays as it was', async (t) => {
  const booted = Booted.start(t, init, ['echo', 'as it was']);
  const agent = await booted.agent();
  const { dir } = booted;
  const bad: [string[], RegExp][] = [
    [[], /^failed 22 /],
    [['', '0', '1'], /^failed 22 /],
    [['', '0', '0', 'true'], /^failed 22 /],
    [['', '0', '2', 'true'], /^failed 22 /],
    [['', '0', '-1', 'true'], /^failed 22 /],
    [['', '0', 'x', 'true'], /^failed 22 /],
    [['', '0', '18446744073709551615', 'true'], /^failed 22 /],
    [['', '0', '1', 'true', 'x'.repeat(1024 * 1024)], /^failed 27 /],
  ];
  for (const [words, answer] of bad) assert.match(await agent.ask(`claim ${put(dir, words)}`), answer, words.join());
  writeFileSync(join(dir, 'cut'), '\x000\x001\0true');
  assert.match(await agent.ask(`claim ${dir}/cut`), /^failed 22 /);
  assert.match(await agent.ask(`claim ${dir}/missing`), /^failed 2 /);
  assert.match(await agent.ask(`claim ${dir}`), /^failed 1 /, 'a directory');
  symlinkSync(put(dir, ['', '0', '1', 'false'], 'real'), join(dir, 'link'));
  assert.match(await agent.ask(`claim ${dir}/link`), /^failed 40 /);
  chmodSync(put(dir, ['', '0', '1', 'false'], 'open'), 0o622);
  assert.match(await agent.ask(`claim ${dir}/open`), /^failed 1 /);
  assert.match(await agent.ask('claim relative'), /^invalid /);
  assert.match(await agent.ask('claim'), /^invalid /);
  agent.say(`go ${self} /\n`);
  assert.equal(await booted.ended(), 0);
  assert.equal(booted.stdout, 'as it was\n');
});

test('what somebody else has written is no claim', asRoot, async (t) => {
  const booted = Booted.start(t, init, ['true']);
  const agent = await booted.agent();
  const path = put(booted.dir, ['', '0', '1', 'false']);
  chownSync(path, 61000, 61000);
  assert.match(await agent.ask(`claim ${path}`), /^failed 1 /);
});
