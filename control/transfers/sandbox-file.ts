import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { askAgent, openAgent } from '../sandboxes/agent.ts';
import { agentRefusal } from '../sandboxes/agent-refusal.ts';
import { readSome } from './read-some.ts';

/** Bytes of an agent's refusal. */
export const mostRefusal = 64 * 1024;

/** A sandbox whose agent is asked. */
export interface AgentOf {
  runtime: Pick<Runtime, 'connect'>;
  sandbox: { id: string; token: string };
  signal: AbortSignal;
}

/** What is known of a file that is to be sent; the path is absolute. */
const About = z.object({ filename: z.string(), path: z.string(), size: z.int().min(0), mimeType: z.string() });
export type FileAbout = z.infer<typeof About>;

/** @throws ApiError what the agent refuses with: `FILE_NOT_FOUND`, `PERMISSION_DENIED`, `INVALID_FILE`, `INVALID_PARAMETER` */
export async function describeFile(
  { runtime, sandbox, signal }: AgentOf,
  parameters: { path: string; cwd?: string | undefined },
): Promise<FileAbout> {
  const call = { method: 'POST', path: '/tools/exportFile', body: parameters, signal } as const;
  const { status, body } = await askAgent(runtime, sandbox, call);
  if (status !== 200) throw agentRefusal(jsonOf(body));
  const { success, data } = About.safeParse(jsonOf(body));
  if (success) return data;
  throw senseless();
}

/** Size and time of a file, as one word to compare. */
export async function versionOf({ runtime, sandbox, signal }: AgentOf, path: string): Promise<string> {
  const call = { method: 'GET', path: `/files/info?path=${encodeURIComponent(path)}`, signal } as const;
  const { status, body } = await askAgent(runtime, sandbox, call);
  if (status !== 200) throw agentRefusal(jsonOf(body));
  const [info] = Object.values((jsonOf(body) ?? {}) as Record<string, { size: number; modified_at: string }>);
  return `${info?.size} ${info?.modified_at}`;
}

/** A file's bytes, as they are read, with their number as Content-Length. @throws ApiError what the agent refuses with, `AGENT_UNREACHABLE` */
export async function openSandboxFile({ runtime, sandbox, signal }: AgentOf, path: string): Promise<IncomingMessage> {
  const call = { method: 'GET', path: `/files/download?path=${encodeURIComponent(path)}`, signal } as const;
  const response = await openAgent(runtime, sandbox, call);
  if (response.statusCode !== 200) throw agentRefusal(jsonOf(await readSome(response, mostRefusal)));
  if (!hasLength(response)) throw endless(path, response);
  return response;
}

function hasLength({ headers }: IncomingMessage): boolean {
  return /^\d{1,15}$/.test(headers['content-length'] ?? '');
}

/** Files of /proc don't say how long they are. */
function endless(path: string, response: IncomingMessage): ApiError {
  response.destroy();
  return new ApiError('INVALID_FILE', `${path}: it does not say how long it is.`, { field: 'path' });
}

/** An answer of an agent's as JSON has it. @throws ApiError `AGENT_UNREACHABLE` for one that is none */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw senseless();
  }
}

function senseless(): ApiError {
  return new ApiError('AGENT_UNREACHABLE', 'The sandbox’s agent does not answer as an agent does.');
}
