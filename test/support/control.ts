import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ensureApiKey } from '../../control/config/api-key.ts';
import { loadConfig } from '../../control/config/load.ts';
import { realSurroundings } from '../../control/config/surroundings.ts';
import { type Control, startControl } from '../../control/start.ts';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { type CommandRun, collect, readEvents } from './agent.ts';
import { leftovers } from './leftovers.ts';

/** The image that most tests use: a static busybox and nothing else. */
export const smallImage = 'cubby/busybox:test';
export const pythonImage = 'cubby/python:latest';

/** A control that listens, with a store of its own, and ways to call it as a client does. */
export interface TestControl {
  control: Control;
  url: string;
  apiKey: string;
  /** Its state directory. */
  state: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  /** Creates a sandbox; small and idle unless `request` says otherwise. */
  create(request?: object): Promise<Sandbox>;
  /** Ways to call one sandbox's agent. */
  agent(id: string): Promise<AgentClient>;
}

export interface AgentClient {
  endpoint: string;
  token: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  run(command: string, more?: object): Promise<CommandRun>;
}

/**
 * Starts the real control on a port of loopback. After the test its sandboxes, its network and its state are gone; the test
 * fails if a container, a network or a volume of its store is left.
 */
export async function startTestControl(t: TestContext, settings: Record<string, string> = {}): Promise<TestControl> {
  const state = mkdtempSync(join(tmpdir(), 'cubby-control-'));
  const started = await openControl(state, settings);
  t.after(async () => {
    await started.control.removeAll();
    await started.control.close();
    rmSync(state, { recursive: true, force: true });
    const left = await leftovers(started.store);
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  });
  return started;
}

/** A control over a state directory that may be an earlier one's. The caller ends it. */
export async function openControl(
  state: string,
  settings: Record<string, string> = {},
): Promise<TestControl & { store: string }> {
  const all = { 'store.path': state, 'server.port': '0', 'log.level': 'silent', ...settings };
  const argv = Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const { config } = ensureApiKey(loadConfig(argv, realSurroundings()).config);
  const control = await startControl(config);
  const apiKey = config.server.apiKey[0]!;
  const call = (path: string, init?: RequestInit) =>
    fetch(`${control.url}${path}`, { ...init, headers: { 'open-sandbox-api-key': apiKey, ...init?.headers } });
  const client: TestControl & { store: string } = {
    control,
    store: control.store,
    url: control.url,
    apiKey,
    state,
    fetch: call,
    post: (path, body) => call(path, jsonBody(body)),
    create: async (request) => {
      const response = await client.post('/v1/sandboxes', {
        image: { uri: smallImage },
        entrypoint: ['/bin/sh', '-c', 'exec sleep 100000'],
        resourceLimits: { memory: '128Mi', cpu: '1' },
        timeout: 600,
        ...request,
      });
      if (response.status !== 202) throw new Error(`create: ${response.status} ${await response.text()}`);
      return (await response.json()) as Sandbox;
    },
    agent: async (id) => {
      const answer = (await (await call(`/v1/sandboxes/${id}/endpoints/44772`)).json()) as EndpointAnswer;
      return agentClient(answer.endpoint, answer.headers['x-execd-access-token']!);
    },
  };
  return client;
}

interface EndpointAnswer {
  endpoint: string;
  headers: Record<string, string>;
}

function agentClient(endpoint: string, token: string): AgentClient {
  const agent: AgentClient = {
    endpoint,
    token,
    fetch: (path, init) =>
      fetch(`http://${endpoint}${path}`, { ...init, headers: { 'x-execd-access-token': token, ...init?.headers } }),
    post: (path, body) => agent.fetch(path, jsonBody(body)),
    run: async (command, more) => {
      const response = await agent.post('/command', { command, ...more });
      if (!response.ok) throw new Error(`command: ${response.status} ${await response.text()}`);
      return collect(await readEvents(response));
    },
  };
  return agent;
}

function jsonBody(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}
