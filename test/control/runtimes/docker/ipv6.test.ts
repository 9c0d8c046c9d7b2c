import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after } from 'node:test';
import { engineTest } from '../../../support/engine.ts';
import { openLab, until } from './lab.ts';
import { type Outside, openOutside } from './outside.ts';

// 2a11::/16 is public, and nobody here has it.
const subnet = `2a11:${randomInt(1, 0xffff).toString(16)}:1::`;
const lab = openLab({ network: { ipv6Subnet: `${subnet}/64` } });
let outside: Outside | undefined;
after(() => outside?.close());

engineTest('with IPv6 a sandbox finds its neighbours, reaches public addresses, and no closed one', async () => {
  const { run, shell, look } = await lab();
  outside = await openOutside();
  const { public6, port } = outside;
  await run('six');
  await run('sibling');
  const template = '{{range .NetworkSettings.Networks}}{{.IPv6Gateway}} {{.GlobalIPv6Address}}{{end}}';
  const [gateway = '', sibling = ''] = (await look('sibling', template)).split(' ');
  const reach = async (address: string) => (await shell('six', `nc -w 20 ${address} ${port} </dev/null`)).output.trim();
  // A new address is used after it was seen to be nobody else's.
  await until('a public address', async () => (await reach(public6)) === 'outside');
  for (const address of [
    gateway,
    sibling,
    'fd00:ec2::254',
    'fe80::1%eth0',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ]) {
    assert.match(await reach(address), /refused/, address);
  }
});
