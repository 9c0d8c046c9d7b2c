import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { type CommandRun, collect, readEvents } from './agent.ts';

/** The image that most tests use: a static busybox and nothing else. */
export const smallImage = 'cubby/busybox:test';

/** Ways to call a control as a client does. */
export interface ControlClient {
  url: string;
  apiKey: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  /** Creates a sandbox; small and idle unless `request` says otherwise. */
  create(request?: object): Promise<Sandbox>;
  /** One sandbox as it is now. */
  get(id: string): Promise<Sandbox>;
  /** Ends a sandbox. */
  delete(id: string): Promise<Response>;
  /** Ways to call one sandbox's agent. */
  agent(id: string): Promise<AgentClient>;
  /** Where one port of a sandbox is, with its scheme. */
  port(id: string, port: number): Promise<string>;
}

export interface AgentClient {
  endpoint: string;
  token: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  run(command: string, more?: object): Promise<CommandRun>;
  /** Starts a command in the background and returns its id. */
  background(command: string, more?: object): Promise<string>;
}

/** What GET /sandboxes/{id}/endpoints/{port} answers. */
export interface EndpointAnswer {
  endpoint: string;
  headers?: Record<string, string>;
}

export function controlClient(url: string, apiKey: string): ControlClient {
  const call = (path: string, init?: RequestInit) =>
    fetch(`${url}${path}`, { ...init, headers: { 'open-sandbox-api-key': apiKey, ...init?.headers } });
  const endpoint = async (id: string, port: number) =>
    (await (await call(`/v1/sandboxes/${id}/endpoints/${port}`)).json()) as EndpointAnswer;
  const client: ControlClient = {
    url,
    apiKey,
    fetch: call,
    post: (path, body) => call(path, jsonBody(body)),
    create: async (request) => {
      const response = await client.post('/v1/sandboxes', createRequest(request));
      if (response.status !== 202) throw new Error(`create: ${response.status} ${await response.text()}`);
      return (await response.json()) as Sandbox;
    },
    get: async (id) => {
      const response = await call(`/v1/sandboxes/${id}`);
      if (response.status !== 200) throw new Error(`get: ${response.status} ${await response.text()}`);
      return (await response.json()) as Sandbox;
    },
    delete: (id) => call(`/v1/sandboxes/${id}`, { method: 'DELETE' }),
    agent: async (id) => {
      const answer = await endpoint(id, 44772);
      return agentClient(answer.endpoint, answer.headers!['x-execd-access-token']!);
    },
    port: async (id, port) => `http://${(await endpoint(id, port)).endpoint}`,
  };
  return client;
}

/** Body of a create of a small and idle sandbox, unless `request` says otherwise. */
export function createRequest(request?: object): object {
  return {
    image: { uri: smallImage },
    entrypoint: ['/bin/sh', '-c', 'exec sleep 100000'],
    resourceLimits: { memory: '128Mi', cpu: '1' },
    timeout: 600,
    ...request,
  };
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
    background: async (command, more) => {
      const response = await agent.post('/command', { command, background: true, ...more });
      if (!response.ok) throw new Error(`command: ${response.status} ${await response.text()}`);
      return (await readEvents(response))[0]!.text!;
    },
  };
  return agent;
}

/** A POST with a JSON body; text is sent as it is. */
export function jsonBody(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}
