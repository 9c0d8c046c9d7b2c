import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { engineTest } from '../../../support/engine.ts';
import { busybox, type Lab, openLab, program, succeed, until } from './lab.ts';
import { listenHere, type Outside, openOutside, ownAddress } from './outside.ts';

let outside: Promise<Outside> | undefined;
const openDoor = listenHere();
const closedDoor = listenHere();
const allowed = `${ownAddress()}:${(await openDoor).port}`;
const lab = openLab({ network: { allow: [allowed], block: ['11.0.0.1', '12.0.0.0/8'] } });

after(async () => {
  await (await openDoor).close();
  await (await closedDoor).close();
  await (await outside)?.close();
});

/** The machine outside, made once. */
function beyond(): Promise<Outside> {
  outside ??= openOutside({ wellKnown: true });
  return outside;
}

/** What a sandbox reads from an address. Where nothing comes back, not even a refusal, it says so after `seconds`. */
async function reach({ shell }: Lab, id: string, address: string, port: number, seconds = 20) {
  const { output } = await shell(id, `nc -w ${seconds} ${address} ${port} </dev/null`);
  return { output: output.trim() };
}

engineTest('a public address is reached; private, link-local and metadata addresses are refused at once', async () => {
  const here = await lab();
  const { public: open, closed, port } = await beyond();
  await here.run('closed');
  // They are there: an unshut container reaches every one of them.
  const unshut = [
    'run',
    '--rm',
    busybox,
    'sh',
    '-c',
    `for a in ${closed.join(' ')}; do nc -w 20 $a ${port} </dev/null; done`,
  ];
  assert.equal((await succeed('docker', unshut)).output, 'outside'.repeat(closed.length));

  assert.equal((await reach(here, 'closed', open, port)).output, 'outside');
  for (const address of closed) {
    assert.match((await reach(here, 'closed', address, port)).output, /refused/, address);
  }
});

engineTest('other spellings of a closed address are closed too', async () => {
  const here = await lab();
  const { port } = await beyond();
  await here.run('spelt');
  // 169.254.169.254 as one number, as hexadecimal, as octal; and mapped into IPv6, of which there is none at all.
  for (const address of [
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '::ffff:169.254.169.254',
    'fd00:ec2::254',
  ]) {
    const { output } = await reach(here, 'spelt', address, port);
    assert.notEqual(output, 'outside', address);
    assert.notEqual(output, '', address);
  }
});

engineTest('the host is reached at the one port that the administrator allows, and at no other', async () => {
  const here = await lab();
  await here.run('host');
  const { gateway } = await addresses(here, 'host');
  const allowedPort = (await openDoor).port;
  const closedPort = (await closedDoor).port;
  assert.equal((await reach(here, 'host', ownAddress(), allowedPort)).output, 'here');
  assert.match((await reach(here, 'host', ownAddress(), closedPort)).output, /refused/);
  assert.match((await reach(here, 'host', gateway, allowedPort)).output, /refused/);
  assert.match((await reach(here, 'host', gateway, closedPort)).output, /refused/);
});

engineTest('siblings don’t reach each other, and nothing comes in from the host', async () => {
  const here = await lab();
  await here.run('left');
  await here.run('right');
  const { address } = await addresses(here, 'right');
  await here.shell('right', 'nc -ll -p 7000 -e echo sibling >/dev/null 2>&1 &');
  // It listens: it reaches itself.
  await until(
    'the server in the sandbox',
    async () => (await reach(here, 'right', address, 7000)).output === 'sibling',
  );
  assert.match((await reach(here, 'left', address, 7000)).output, /refused/);
  const socket = connect({ host: address, port: 7000 });
  const outcome = await Promise.race([
    new Promise<string>((resolve) => {
      socket.once('connect', () => resolve('connected'));
      socket.once('error', ({ message }) => resolve(message));
    }),
    setTimeout(1500, 'nothing came back'),
  ]);
  socket.destroy();
  assert.equal(outcome, 'nothing came back');
});

engineTest('root in the sandbox can neither see nor change the rules', async () => {
  const here = await lab();
  await here.run('root');
  const pid = await here.look('root', '{{.State.Pid}}');
  const asRoot = (...command: string[]) => program('nsenter', ['--net', '-t', pid, ...command]);
  assert.match((await asRoot('nft', 'list', 'ruleset')).output, /table inet cubby/);
  // With the sandbox's own capabilities, and a filter program that the image doesn't even have.
  const rights = ['setpriv', '--bounding-set', '-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+setpcap'];
  assert.match((await asRoot(...rights, 'nft', 'flush', 'ruleset')).output, /not permitted/);
  assert.match((await asRoot('nft', 'list', 'ruleset')).output, /table inet cubby/);
});

engineTest('what the administrator blocks is refused, and so is all of IPv6', async () => {
  const here = await lab();
  await here.run('blocked');
  assert.match((await reach(here, 'blocked', '12.1.2.3', 80)).output, /refused/);
  assert.match((await reach(here, 'blocked', '11.0.0.1', 80)).output, /refused/);
  const pid = await here.look('blocked', '{{.State.Pid}}');
  const { output } = await succeed('nsenter', ['--net', '-t', pid, 'nft', 'list', 'chain', 'inet', 'cubby', 'closed']);
  assert.match(output, /meta nfproto ipv6 .*reject/);
});

engineTest('a sandbox that somebody restarted by hand has lost its own rules and still meets the host’s', async () => {
  const here = await lab();
  const { public: open, closed, port } = await beyond();
  await here.run('again');
  await succeed('docker', ['restart', '-t', '0', here.container('again')]);
  const pid = await here.look('again', '{{.State.Pid}}');
  assert.doesNotMatch((await succeed('nsenter', ['--net', '-t', pid, 'nft', 'list', 'tables'])).output, /inet cubby/);
  assert.equal((await reach(here, 'again', open, port)).output, 'outside');
  // Whatever is reached says `outside`. A refusal that the host passes on may be lost on its way.
  for (const address of closed) {
    assert.match((await reach(here, 'again', address, port, 3)).output, /refused|timed out/, address);
  }
  const own = await reach(here, 'again', ownAddress(), (await closedDoor).port, 3);
  assert.match(own.output, /refused|timed out/);
});

engineTest(
  'when the host’s rules are flushed a sandbox still has its own, and the next start brings them back',
  async () => {
    const here = await lab();
    const { public: open, closed, port } = await beyond();
    const table = `cubby_${here.store.slice(0, 8)}`;
    await here.run('own');
    await succeed('nft', ['delete', 'table', 'inet', table]);
    assert.equal((await reach(here, 'own', open, port)).output, 'outside');
    for (const address of closed) assert.match((await reach(here, 'own', address, port)).output, /refused/, address);
    await until('the table', async () => {
      await here.run('flushed');
      await here.runtime.remove('flushed');
      return (await succeed('nft', ['list', 'tables'])).output.includes(table);
    });
  },
);

/** Where a sandbox is on its network. */
async function addresses({ look }: Lab, id: string): Promise<{ address: string; gateway: string }> {
  const template = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.Gateway}}{{end}}';
  const [address = '', gateway = ''] = (await look(id, template)).split(' ');
  return { address, gateway };
}
