import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { buildAgent } from '../../agent/app.ts';
import { type Config, readConfig } from '../../agent/config.ts';
import { order } from '../../agent/processes/orders.ts';
import type { StreamEvent } from '../../shared/api/events.ts';
import { pack } from './pack.ts';
import { until } from './until.ts';

/** An agent that listens, and ways to call it as a client does. */
export interface TestAgent {
  app: FastifyInstance;
  url: string;
  config: Config;
  /** Directory of this test's own. */
  dir: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** POST with a JSON body. */
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  /** Runs a command to its end. */
  run(command: string | undefined, more?: object): Promise<CommandRun>;
  /** Starts a command in the background and returns its id. */
  background(command: string, more?: object): Promise<string>;
  /** Waits until nothing is left of a command, its runner included, which goes a little later than the command is told to have ended. */
  over(id: string): Promise<void>;
}

export interface CommandRun {
  events: NumberedEvent[];
  stdout: string;
  stderr: string;
  /** As OpenSandbox's clients tell it: undefined when no last event said. */
  exitCode: number | undefined;
}

export type NumberedEvent = StreamEvent & { id: number | undefined };

/**
 * Starts the real agent on a port of loopback with a spool of its own; everything it started is gone after the test, which
 * fails if something isn't.
 */
export async function startAgent(t: TestContext, settings: Record<string, string> = {}): Promise<TestAgent> {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-agent-'));
  const spool = join(dir, 'spool');
  mkdirSync(spool, { mode: 0o711 });
  const environ = join(dir, 'environ');
  writeFileSync(environ, `PATH=${process.env.PATH}\0IMAGE_ENV=from the image\0`);
  const config = readConfig({
    CUBBY_TOKEN: randomBytes(16).toString('hex'),
    CUBBY_PACK: pack,
    CUBBY_SPOOL: spool,
    CUBBY_ENVIRON: environ,
    CUBBY_USER: `${process.getuid!()}:${process.getgid!()}`,
    ...settings,
  });
  const agent = await listen(config, dir);
  t.after(async () => {
    await agent.app.close();
    await until(() => {
      // Told again and again: one that was just being started has not heard it.
      for (const id of readdirSync(spool)) killNow(join(spool, id));
      return runners(spool) === 0;
    }, 'every process of the agent is gone');
    rmSync(dir, { recursive: true, force: true });
  });
  return agent;
}

/** Another agent over the same spool, as init would start it after the first was killed. */
export async function listen(config: Config, dir: string): Promise<TestAgent> {
  const app = buildAgent(config);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const agent: TestAgent = {
    app,
    url,
    config,
    dir,
    fetch: (path, init) =>
      fetch(`${url}${path}`, { ...init, headers: { 'x-execd-access-token': config.token, ...init?.headers } }),
    post: (path, body, init) =>
      agent.fetch(path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
        headers: { 'content-type': 'application/json', ...init?.headers },
      }),
    run: async (command, more) => {
      const response = await agent.post('/command', { command, ...more });
      if (!response.ok) throw new Error(await response.text());
      return collect(await readEvents(response));
    },
    background: async (command, more) => {
      const events = await readEvents(await agent.post('/command', { command, background: true, ...more }));
      return events[0]!.text!;
    },
    over: (id) => until(() => !order(join(config.spool, id), ''), `nothing is left of ${id}`),
  };
  return agent;
}

/** All events of a stream, with their numbers. */
export async function readEvents(response: Response): Promise<NumberedEvent[]> {
  const events: NumberedEvent[] = [];
  for await (const event of streamEvents(response)) events.push(event);
  return events;
}

/** Events of a stream, each as it arrives, without the pings, which come whenever there was nothing else for a while. */
export async function* streamEvents(response: Response): AsyncGenerator<NumberedEvent> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      const event = JSON.parse(/^data: (.*)$/m.exec(frame)![1]!) as StreamEvent;
      if (event.type !== 'ping') yield { ...event, id: id === undefined ? undefined : Number(id) };
    }
  }
}

/** What a client makes of a command's events. */
export function collect(events: NumberedEvent[]): CommandRun {
  const text = (type: string) =>
    events
      .filter((event) => event.type === type)
      .map((event) => (event.text === '\n' ? '' : event.text))
      .join('\n');
  const last = events.at(-1);
  const exitCode = last?.type === 'execution_complete' ? 0 : last?.error ? Number(last.error.evalue) : undefined;
  return { events, stdout: text('stdout'), stderr: text('stderr'), exitCode };
}

/** Ends a tree of processes as an agent would, if it is still there. */
function killNow(dir: string): void {
  try {
    const fd = openSync(join(dir, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
    writeSync(fd, 'kill now\n');
    closeSync(fd);
  } catch {
    // Nothing is left of it.
  }
}

/** Processes whose command line names this spool. */
function runners(spool: string): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(`${spool}/`)).length;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
