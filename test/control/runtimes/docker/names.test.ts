import assert from 'node:assert/strict';
import { after } from 'node:test';
import { engineTest } from '../../../support/engine.ts';
import { answer, nameOf, nameServer } from '../../network/name-server.ts';
import { openLab } from './lab.ts';

const known: Record<string, string[]> = {
  'public.example': ['11.22.33.44'],
  'rebound.example': ['169.254.169.254'],
  'large.example': Array.from({ length: 200 }, (_, n) => `11.0.${n}.1`),
};
const server = await nameServer(({ message, by }) => {
  const addresses = known[nameOf(message)] ?? [];
  const whole = answer(message, addresses);
  if (by === 'stream' || whole.length <= 512) return [whole];
  const cut = answer(message, []);
  cut.writeUInt16BE(0x8380, 2);
  return [cut];
});
after(() => server.close());
const lab = openLab({ network: { upstreams: [server] } });

engineTest('a name is resolved in a sandbox, by the resolver that the administrator names', async () => {
  const { run, shell } = await lab();
  await run('asks');
  const { output } = await shell('asks', 'nslookup public.example');
  assert.match(output, /Address: 11\.22\.33\.44/);
  assert.ok(server.asked.some(({ message }) => nameOf(message) === 'public.example'));
});

engineTest('the host’s search domains are not the sandbox’s', async () => {
  const { run, shell } = await lab();
  await run('search');
  assert.doesNotMatch((await shell('search', 'cat /etc/resolv.conf')).output, /^search/m);
});

engineTest('a name that leads to a closed address is resolved, and the connection refused', async () => {
  const { run, shell } = await lab();
  await run('rebound');
  assert.match((await shell('rebound', 'nslookup rebound.example')).output, /Address: 169\.254\.169\.254/);
  assert.match((await shell('rebound', 'nc -w 20 169.254.169.254 80 </dev/null')).output, /refused/);
});

engineTest('resolvers other than the forwarder can’t be asked at closed addresses', async () => {
  const { run, shell } = await lab();
  await run('others');
  const { output } = await shell('others', 'nslookup public.example 10.1.2.3');
  assert.doesNotMatch(output, /11\.22\.33\.44/);
});

engineTest('the forwarder is back on its port when control starts again, and sandboxes go on resolving', async () => {
  const { runtime, run, shell } = await lab();
  await run('goes-on');
  await runtime.close();
  assert.doesNotMatch((await shell('goes-on', 'nslookup public.example')).output, /11\.22\.33\.44/);
  await runtime.check();
  assert.match((await shell('goes-on', 'nslookup public.example')).output, /Address: 11\.22\.33\.44/);
});
