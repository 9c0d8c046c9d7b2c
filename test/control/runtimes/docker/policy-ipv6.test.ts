import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { engineTest } from '../../../support/engine.ts';
import { openGatedLab, policy } from './gated.ts';
import { until } from './lab.ts';

// 2a11::/16 is public, and nobody here has it.
const subnet = `2a11:${randomInt(1, 0xffff).toString(16)}:2::`;
const { zone, outside, start } = await openGatedLab({ ipv6Subnet: `${subnet}/64` });

engineTest('a policy is as good for IPv6: a name opens its addresses of both families, and no more', async () => {
  const { public: open, public6: open6 } = await outside();
  zone['both.example'] = { addresses: [open, open6] };
  const { reach, ask, rules, set } = await start('both', policy('-', '+both.example'));
  // A new address of the sandbox's is used after it was seen to be nobody else's.
  await until('a refusal over IPv6', async () => {
    const said = await reach(open6);
    assert.notEqual(said, 'outside');
    return /refused/.test(said);
  });
  assert.match(await ask('both.example'), new RegExp(open6));
  await until('an answer over IPv6', async () => (await reach(open6)) === 'outside');
  assert.match(await rules(), /set lasting6 \{[^}]*2a11[^}]*both\.example/s);
  assert.match(await reach(open6, 853), /refused/);
  await set(policy('-', '+other.example'));
  assert.match(await reach(open6), /refused/);
});

engineTest('addresses and ranges of IPv6 are allowed and denied', async () => {
  const { public: open, public6: open6 } = await outside();
  const { reach, set } = await start('ranges', policy('+', `-${open6}/64`));
  await until('a refusal over IPv6', async () => {
    const said = await reach(open6);
    assert.notEqual(said, 'outside');
    return /refused/.test(said);
  });
  assert.equal(await reach(open), 'outside');
  await set(policy('-', `+${open6}`));
  await until('an answer over IPv6', async () => (await reach(open6)) === 'outside');
  assert.match(await reach(open), /refused/);
});
