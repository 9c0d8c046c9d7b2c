import assert from 'node:assert/strict';
import type { SessionState } from '../../../shared/api/sessions.ts';
import { type CommandRun, collect, readEvents, type TestAgent } from '../../support/agent.ts';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

/** A session as a client has it. */
export interface TestSession {
  id: string;
  /** Starts a run and returns the answer. */
  post(command: string, more?: object, init?: RequestInit): Promise<Response>;
  /** Runs a command to its end. */
  run(command: string, more?: object): Promise<CommandRun>;
  state(): Promise<SessionState>;
  interrupt(): Promise<Response>;
  delete(): Promise<Response>;
}

/** Makes a session. */
export async function makeSession(agent: TestAgent, body: object = {}): Promise<TestSession> {
  const response = await agent.post('/session', body);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return sessionOf(agent, (JSON.parse(text) as { session_id: string }).session_id);
}

/** A session that is there already. */
export function sessionOf(agent: TestAgent, id: string): TestSession {
  const session: TestSession = {
    id,
    post: (command, more, init) => agent.post(`/session/${id}/run`, { command, ...more }, init),
    run: async (command, more) => {
      const response = await session.post(command, more);
      if (!response.ok) throw new Error(await response.text());
      return collect(await readEvents(response));
    },
    state: async () => (await (await agent.fetch(`/session/${id}`)).json()) as SessionState,
    interrupt: () => agent.fetch(`/command?id=${id}`, { method: 'DELETE' }),
    delete: () => agent.fetch(`/session/${id}`, { method: 'DELETE' }),
  };
  return session;
}

/** What sleeps below this process: for how many whole seconds each, in order. A shell that is about to become `sleep` does not yet. */
export function sleepers(): string[] {
  return descendants(process.pid)
    .map(({ command }) => /^sleep (\d+)$/.exec(command)?.[1])
    .filter((number) => number !== undefined)
    .sort();
}

/** Waits until just these sleep: what is started in the background comes to it after the run that starts it has ended. */
export function sleeping(...expected: string[]): Promise<void> {
  return until(() => sleepers().join() === expected.join(), `${expected} sleep`);
}

/** Text of the last event of a run that failed: its code, and the lines for people. */
export function failure({ events }: CommandRun): { evalue: string | undefined; words: string } {
  const { error } = events.at(-1)!;
  return { evalue: error?.evalue, words: error?.traceback.join('\n') ?? '' };
}
