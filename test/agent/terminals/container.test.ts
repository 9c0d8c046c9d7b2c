import assert from 'node:assert/strict';
import { agentPid } from '../../support/containers.ts';
import { pythonImage, smallImage, startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';
import { until } from '../../support/until.ts';
import { type AgentAddress, createTerminal, TerminalClient } from './terminal-client.ts';

engineTest('terminals of real sandboxes, through control', async (t) => {
  const control = await startTestControl(t);
  const addressOf = async (id: string): Promise<AgentAddress> => {
    const { endpoint, token } = await control.agent(id);
    return { url: `http://${endpoint}`, config: { token } };
  };

  await t.test('an image without bash has its sh, with job control, sizes and signals', async (t) => {
    const { id } = await control.create({ image: { uri: smallImage } });
    const agent = await addressOf(id);
    const client = await TerminalClient.open(t, agent, await createTerminal(agent, { cols: 70, rows: 20 }));
    client.type('stty size; echo $0 $TERM; test -w "$(tty)" && echo mine\n');
    await client.sees(/20 70\r\n(\/bin\/)?sh xterm-256color\r\nmine\r\n/);
    client.say({ type: 'resize', cols: 99, rows: 33 });
    client.type('stty size\n');
    await client.sees('33 99\r\n');
    client.type('sleep 1000\n');
    const { run } = await control.agent(id);
    const sleeps = async () => (await run('ps -o args')).stdout.split('\n').includes('sleep 1000');
    await until(sleeps, 'it sleeps');
    client.type('\x03');
    await until(async () => !(await sleeps()), 'it is interrupted');
    client.type('echo code $?\n');
    await client.sees('code 130\r\n');
    client.type('exit 5\n');
    assert.equal(await client.exit(), 5);
  });

  await t.test('a hardened sandbox’s terminal is of user 1000, who has no capability', async (t) => {
    const { id } = await control.create({
      image: { uri: pythonImage },
      extensions: { 'cubby.profile': 'hardened' },
      resourceLimits: { memory: '512Mi', cpu: '1' },
    });
    const agent = await addressOf(id);
    const client = await TerminalClient.open(t, agent, await createTerminal(agent));
    client.type('id -u; stat -c %u $(tty); grep -E "Cap(Eff|Bnd)|NoNew" /proc/self/status; exit\n');
    assert.equal(await client.exit(), 0);
    assert.match(client.text, /1000\r\n1000\r\nCapEff:\t0+\r\nCapBnd:\t0+\r\nNoNewPrivs:\t1\r\n/);
  });

  await t.test('an agent that is killed takes no terminal along, and no byte of what it shows', async (t) => {
    const { id } = await control.create({ image: { uri: pythonImage }, resourceLimits: { memory: '512Mi', cpu: '1' } });
    const agent = await addressOf(id);
    const terminal = await createTerminal(agent, { command: 'stty -opost; seq 1 150000; exit 8' });
    let text = '';
    let exit: number | undefined;
    for (let kills = 0; exit === undefined; ) {
      const client = await reconnect(t, agent, terminal, text.length);
      assert.equal(client.replayed?.offset ?? text.length, text.length);
      await until(() => client.output().length > 200_000 || client.closed !== undefined, 'much has come');
      if (kills < 3 && !client.closed) {
        process.kill(await agentPid(control.store, id), 'SIGKILL');
        kills += 1;
      }
      await client.gone();
      text += client.text;
      exit = client.notices.find((notice) => notice.type === 'exit')?.exit_code;
    }
    assert.equal(exit, 8);
    assert.equal(text.length, 938_895);
    assert.equal(text.slice(-14), '149999\n150000\n');
  });
});

/** Connects as soon as there is an agent again. */
async function reconnect(
  t: Parameters<typeof TerminalClient.open>[0],
  agent: AgentAddress,
  id: string,
  since: number,
): Promise<TerminalClient> {
  let client: TerminalClient | undefined;
  await until(async () => {
    client = await TerminalClient.open(t, agent, id, `?since=${since}&ack=1`).catch(() => undefined);
    return client !== undefined;
  }, 'the agent is back');
  // Deals with output a little slower than it comes, so that there is always some on its way.
  client!.socket.on('message', () => {
    const offset = since + client!.output().length;
    setTimeout(() => client!.socket.readyState === client!.socket.OPEN && client!.say({ type: 'ack', offset }), 5);
  });
  client!.say({ type: 'ack', offset: since + client!.output().length });
  return client!;
}
