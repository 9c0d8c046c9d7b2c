import { test } from 'node:test';
import { startHostControl } from '../../../support/host-control.ts';
import { wholeLife } from '../../../support/whole-life.ts';

test('a sandbox has its whole life as plain processes of this machine', { timeout: 200_000 }, async (t) => {
  const control = await startHostControl(t);
  await wholeLife(t, control, { image: { uri: 'host' } });
});
