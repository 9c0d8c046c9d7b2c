import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type CommandRun, collect, type NumberedEvent, streamEvents } from '../support/agent.ts';
import { agentPid } from '../support/containers.ts';
import { type AgentClient, pythonImage, startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

const commands = 20;
const lines = 1500;

/** How often the agent is killed. */
const kills = 3;

/** Writes numbered lines to both streams, the last hundred of them when it has been met by every kill, and ends with a code of its own. */
const script = (number: number) => `
import os, sys, time
for i in range(${lines}):
    while i == ${lines - 100} and not os.path.exists("/all-kills"): time.sleep(0.02)
    out = sys.stderr if i % 7 == 0 else sys.stdout
    out.write(f"{i} of ${number} " + "äx" * (i % 50) + "\\n")
    out.flush()
    if i % 25 == 0: time.sleep(0.08)
sys.exit(${number})`;

/** What the script writes to one stream. */
function expected(number: number, isError: boolean): string {
  const all = Array.from({ length: lines }, (_, i) => `${i} of ${number} ${'äx'.repeat(i % 50)}`);
  return all.filter((_, i) => (i % 7 === 0) === isError).join('\n');
}

engineTest('the agent killed with -9 under 20 commands loses no byte and no exit code', async (t) => {
  // So that the whole output of every one can be read in the end, too.
  const control = await startTestControl(t, { 'sandbox.ring': '1Mi' });
  const { id } = await control.create({
    image: { uri: pythonImage },
    resourceLimits: { memory: '1Gi', cpu: '2' },
  });
  const agent = await control.agent(id);
  const followers = Array.from({ length: commands }, (_, number) => new Follower(`python3 -c '${script(number)}'`));
  const runs = followers.map((follower) => follower.follow(agent));
  const killing = (async () => {
    // One that is killed before it has said which command it is can't be come back to.
    await until(() => followers.every(({ events }) => events.length > 0), 'every command has begun');
    for (let kill = 1; kill <= kills; kill += 1) {
      process.kill(await agentPid(control.store, id), 'SIGKILL');
      await until(() => followers.every(({ resumed }) => resumed >= kill), 'every caller has come back');
    }
    assert.equal((await agent.run('touch /all-kills')).exitCode, 0);
  })();
  const [results] = await Promise.all([Promise.all(runs), killing]);
  for (const [number, { events, stdout, stderr, exitCode }] of results.entries()) {
    assert.equal(stdout, expected(number, false), `standard output of ${number}`);
    assert.equal(stderr, expected(number, true), `standard error of ${number}`);
    assert.equal(exitCode, number);
    const ids = events.map((event) => event.id!);
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
      'in order',
    );
    assert.equal(new Set(ids).size, ids.length, 'each once');
    assert.equal(events.filter(({ type }) => type === 'init').length, 1);
    assert.equal(events.filter(({ type }) => type === 'missed').length, 0);
    assert.equal(events.filter(({ type }) => type === 'execution_complete' || type === 'error').length, 1);
  }

  // The agent of now knows them all, though none was started by it.
  const id20 = results[19]!.events[0]!.text!;
  const status = (await (await agent.fetch(`/command/status/${id20}`)).json()) as { exit_code: number; reason: string };
  assert.deepEqual([status.exit_code, status.reason], [19, 'exited']);
  const raw = await (await agent.fetch(`/command/${id20}/output?stream=stdout`)).text();
  assert.equal(raw, `${expected(19, false)}\n`);
});

/** A client that follows a command to its end, and comes back with the number of the last event when the stream breaks off. */
class Follower {
  readonly events: NumberedEvent[] = [];
  resumed = 0;
  readonly #command: string;

  constructor(command: string) {
    this.#command = command;
  }

  get isOver(): boolean {
    return /^(execution_complete|error)$/.test(this.events.at(-1)?.type ?? '');
  }

  async follow(agent: AgentClient): Promise<CommandRun> {
    await this.#take(await agent.post('/command', { command: this.#command }));
    while (!this.isOver) {
      const headers = { 'last-event-id': String(this.events.at(-1)!.id) };
      // Until the next agent listens, the gateway says that there is none.
      const response = await agent.fetch(`/command/${this.events[0]!.text}/events`, { headers });
      if (response.ok) {
        this.resumed += 1;
        await this.#take(response);
      } else await refused(response, 'AGENT_UNREACHABLE');
      await delay(20);
    }
    return collect(this.events);
  }

  async #take(response: Response): Promise<void> {
    try {
      for await (const event of streamEvents(response)) if (event.type !== 'ping') this.events.push(event);
    } catch {
      // The stream broke off: the agent was killed.
    }
  }
}
