import type { IncomingMessage } from 'node:http';
import type { ErrorBody } from '../../shared/api/errors.ts';
import type { StreamEvent } from '../../shared/api/events.ts';
import { type AgentCall, openAgent } from '../sandboxes/agent.ts';
import { readFrames } from '../sandboxes/agent-frames.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';

/** So that lines come with their ends, and the texts put together are what was put out. */
const userAgent = 'OpenSandbox-Cubby-SDK/1.1';
/** Of an answer that is no stream. */
const longestRefusal = 64 * 1024;

/** The agent has refused, in its own words. */
export class AgentRefusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, { code, message }: Pick<ErrorBody, 'code' | 'message'>) {
    super(message);
    this.name = 'AgentRefusal';
    this.code = code;
    this.status = status;
  }
}

/**
 * The events of a stream of an agent's. What they hold is not checked.
 * @throws AgentRefusal; ApiError `AGENT_UNREACHABLE`; an error where the connection breaks
 */
export async function* agentEvents(
  sandboxes: Sandboxes,
  sandbox: { id: string; token: string },
  call: Pick<AgentCall, 'method' | 'path' | 'body' | 'signal'>,
): AsyncGenerator<StreamEvent> {
  const via = sandboxes.connections.of(sandbox.id);
  const headers = { 'user-agent': userAgent };
  const response = await openAgent(sandboxes.runtime, sandbox, { ...call, headers, via });
  if (response.statusCode !== 200) throw await refusal(response);
  for await (const { event } of readFrames(response)) yield event;
}

async function refusal(response: IncomingMessage): Promise<AgentRefusal> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) {
    text += part;
    if (text.length > longestRefusal) break;
  }
  const status = response.statusCode ?? 0;
  try {
    return new AgentRefusal(status, JSON.parse(text) as ErrorBody);
  } catch {
    return new AgentRefusal(status, { code: 'RUNTIME_ERROR', message: `The agent answered with ${status}.` });
  }
}
