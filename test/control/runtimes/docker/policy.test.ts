import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { engineTest } from '../../../support/engine.ts';
import { openGatedLab, policy } from './gated.ts';
import { until } from './lab.ts';

const { zone, server, outside, start } = await openGatedLab();

engineTest('a name that is allowed is reached, and its address without asking is not', async () => {
  const { public: open } = await outside();
  zone['good.example'] = { addresses: [open] };
  const { reach, ask, rules } = await start('asks', policy('-', '+good.example'));
  assert.match(await reach(open), /refused/);
  assert.equal(await reach('good.example'), 'outside');
  assert.equal(await reach(open), 'outside');
  assert.match(await ask('GOOD.example.'), new RegExp(`Address: ${open}`));
  assert.match(await rules(), /comment "good.example"/);
});

engineTest('what one sandbox has opened is closed to the others', async () => {
  const { public: open } = await outside();
  zone['good.example'] = { addresses: [open] };
  const mine = await start('mine', policy('-', '+good.example'));
  const theirs = await start('theirs', policy('-', '+other.example'));
  assert.equal(await mine.reach('good.example'), 'outside');
  assert.match(await theirs.reach(open), /refused/);
});

engineTest('a name that isn’t allowed is not there, and nobody is asked for it', async () => {
  const { public: open } = await outside();
  zone['bad.example'] = { addresses: [open] };
  const { ask, reach } = await start('denied', policy('-', '+good.example'));
  const before = server.asked.length;
  assert.match(await ask('bad.example'), /NXDOMAIN|can't find/);
  assert.equal(server.asked.length, before);
  assert.match(await reach('bad.example'), /bad address|NXDOMAIN|not known/i);
});

engineTest('the first rule that fits decides, among names and addresses alike', async () => {
  const [first = '', second = '', third = ''] = (await outside()).others;
  zone['a.order.example'] = { addresses: [first] };
  zone['b.order.example'] = { addresses: [second] };
  zone['c.order.example'] = { addresses: [third] };
  const { reach } = await start(
    'order',
    policy('-', '-b.order.example', `-${third}`, '+*.order.example', `-${first}`, `+${second}`),
  );
  // Its name is allowed before its address is denied.
  assert.equal(await reach('a.order.example'), 'outside');
  // Its address is denied before its name is allowed: there is an answer, and nothing at the end of it.
  assert.match(await reach('c.order.example'), /refused/);
  // Its name is denied before its address is allowed.
  assert.notEqual(await reach('b.order.example'), 'outside');
  assert.match(await reach(second), /refused/);
});

engineTest('a star stands for what is below a name, and not for the name itself', async () => {
  const { public: open } = await outside();
  for (const name of ['star.example', 'a.star.example', 'b.a.star.example', 'notstar.example']) {
    zone[name] = { addresses: [open] };
  }
  const { ask } = await start('star', policy('-', '+*.star.example'));
  assert.match(await ask('a.star.example'), new RegExp(open));
  assert.match(await ask('b.A.Star.example'), new RegExp(open));
  assert.doesNotMatch(await ask('star.example'), new RegExp(open));
  assert.doesNotMatch(await ask('notstar.example'), new RegExp(open));
});

engineTest('addresses and ranges are allowed without a name', async () => {
  const { public: open, others } = await outside();
  const [first = '', second = ''] = others;
  const { reach } = await start('ranges', policy('-', `-${first}`, `+${first}/29`));
  assert.match(await reach(open), /refused/);
  assert.match(await reach(first), /refused/);
  assert.equal(await reach(second), 'outside');
});

engineTest('closed ranges stay closed whatever a policy says, and whatever a name leads to', async () => {
  const { closed } = await outside();
  zone['rebound.example'] = { addresses: ['169.254.169.254'] };
  zone['private.example'] = { addresses: [closed[0]!] };
  const { reach } = await start('rebound', policy('-', '+*.example', '+0.0.0.0/0', '+10.0.0.0/8', '+169.254.169.254'));
  for (const host of ['rebound.example', 'private.example', ...closed])
    assert.match(await reach(host), /refused/, host);
});

engineTest('other servers of names are no way around, nor is DNS over TLS, at whatever is open', async () => {
  const { public: open, others } = await outside();
  zone['good.example'] = { addresses: [open] };
  const { reach, ask, sh } = await start('resolvers', policy('-', '+good.example', `+${others[0]}`));
  assert.equal(await reach('good.example'), 'outside');
  for (const server of [open, others[0]!]) {
    assert.equal(await reach(server), 'outside');
    assert.match(await reach(server, 853), /refused/);
    assert.match(await reach(server, 53), /refused/);
    assert.doesNotMatch(await ask('bad.example', server), /11\.99\.99\.99/);
  }
  // The forwarder itself says no more than the engine's resolver does, by UDP and by TCP.
  const gateway = (await sh(`ip route | sed -n 's/default via \\([0-9.]*\\).*/\\1/p'`)).output.trim();
  zone['secret.example'] = { addresses: [open] };
  assert.match(await ask('good.example', gateway), new RegExp(open));
  assert.match(await ask('secret.example', gateway), /NXDOMAIN|can't find/);
});

engineTest('an alias leads on, but not around a rule that comes first', async () => {
  const { public: open } = await outside();
  zone['edge.cdn.example'] = { addresses: [open] };
  zone['shop.example'] = { alias: 'edge.cdn.example' };
  const { reach, ask, set } = await start('alias', policy('-', '+shop.example'));
  assert.equal(await reach('shop.example'), 'outside');
  await set(policy('+', '-*.cdn.example'));
  assert.match(await ask('shop.example'), /NXDOMAIN|can't find/);
  await set(policy('+', '+shop.example', '-*.cdn.example'));
  assert.equal(await reach('shop.example'), 'outside');
});

engineTest('bundles of addresses, and questions for everything, get nothing that would stay closed', async () => {
  const { public: open } = await outside();
  zone['good.example'] = { addresses: [open, '2a11:7::9'] };
  const { ask } = await start('kinds', policy('-', '+good.example'));
  assert.doesNotMatch(await ask('good.example'), /2a11/);
  const before = server.asked.length;
  assert.doesNotMatch(await ask('-type=any good.example'), new RegExp(open));
  assert.equal(server.asked.length, before);
});

engineTest(
  'a denied name’s address is closed where all else is open, until an allowed name leads there too',
  async () => {
    const [first = '', second = ''] = (await outside()).others;
    zone['bad.shared.example'] = { addresses: [first] };
    zone['good.shared.example'] = { addresses: [first] };
    const { reach } = await start('default-allow', policy('+', '-bad.shared.example', '-*.worse.example'));
    assert.equal(await reach(second), 'outside');
    assert.notEqual(await reach('bad.shared.example'), 'outside');
    assert.match(await reach(first), /refused/);
    // One address, two names: what is allowed goes first.
    assert.equal(await reach('good.shared.example'), 'outside');
  },
);

engineTest('a change that denies ends the connection that is open, and one that allows opens at once', async () => {
  const { public: open } = await outside();
  zone['long.example'] = { addresses: [open] };
  const { reach, hold, set } = await start('live', policy('-', '+long.example'));
  const { length, isThere } = await hold('long.example');
  await until('ticks', async () => (await length()) > 10);
  // What has nothing to do with it doesn't touch it.
  await set(policy('-', '+other.example', '+long.example'));
  const before = await length();
  await until('more ticks', async () => (await length()) > before);
  await set(policy('-', '+other.example'));
  await until('its end', async () => !(await isThere()));
  assert.match(await reach(open), /refused/);
  assert.notEqual(await reach('long.example'), 'outside');
  await set(policy('+'));
  assert.equal(await reach(open), 'outside');
});

engineTest('a flow of datagrams ends as well, though nothing has to be sent for it to go on', async () => {
  const { public: open, ticking } = await outside();
  const { pid, set } = await start('datagrams', policy('+', '-nowhere.example'));
  const script = `
    const socket = require('node:dgram').createSocket('udp4', () => {
      clearInterval(asking);
      process.stdout.write('.');
    });
    const asking = setInterval(() => socket.send('hello', ${ticking}, '${open}'), 100);
  `;
  const inside = ['--net', '-t', await pid(), process.execPath, '-e', script];
  const child = spawn('nsenter', inside, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let ticks = 0;
    child.stdout.on('data', (some: Buffer) => {
      ticks += some.length;
    });
    await until('ticks', async () => ticks > 10);
    await set(policy('-'));
    // What was under way may still come to be seen. One comes every 20 ms for as long as the flow goes on.
    await until('its end', async () => {
      const before = ticks;
      await setTimeout(1000);
      return ticks === before;
    });
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
});
