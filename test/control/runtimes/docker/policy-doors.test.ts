import assert from 'node:assert/strict';
import { after } from 'node:test';
import { engineTest } from '../../../support/engine.ts';
import { openGatedLab, policy } from './gated.ts';
import { listenHere, ownAddress } from './outside.ts';

const here = await listenHere();
after(() => here.close());
const door = `${ownAddress()}:${here.port}`;
const { zone, outside, start } = await openGatedLab({ allow: [door], block: ['11.0.0.0/8'] });

engineTest(
  'an exception of the administrator’s is open to those whose policy allows its address or its name',
  async () => {
    zone['database.example'] = { addresses: [ownAddress()] };
    const { reach, set } = await start('door', policy('+'));
    assert.equal(await reach(ownAddress(), here.port), 'here');
    await set(policy('-', '+other.example'));
    assert.match(await reach(ownAddress(), here.port), /refused/);
    await set(policy('-', `+${ownAddress()}`));
    assert.equal(await reach(ownAddress(), here.port), 'here');
    await set(policy('-', '+database.example'));
    assert.match(await reach(ownAddress(), here.port), /refused/);
    assert.equal(await reach('database.example', here.port), 'here');
    // The door is one port.
    assert.match(await reach('database.example', here.port === 1 ? 2 : 1), /refused/);
  },
);

engineTest('what the administrator blocks no policy opens', async () => {
  const { public: open } = await outside();
  zone['blocked.example'] = { addresses: [open] };
  const { reach } = await start('blocked', policy('+', `+${open}`, '+blocked.example', '-bad.example'));
  assert.match(await reach(open), /refused/);
  assert.match(await reach('blocked.example'), /refused/);
});
