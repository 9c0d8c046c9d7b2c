import type { IncomingMessage } from 'node:http';
import type { ErrorBody } from '../../shared/api/errors.ts';
import type { StreamEvent } from '../../shared/api/events.ts';
import { type AgentCall, openAgent } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';

/** So that lines come with their ends, and the texts put together are what was put out. */
const userAgent = 'OpenSandbox-Cubby-SDK/1.1';
/** Of an answer that is no stream. */
const longestRefusal = 64 * 1024;
/** An agent cuts lines of output long before. */
const longestLine = 4 * 1024 * 1024;

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
 * The events of a stream of an agent's, those together that come together. What they hold is not checked.
 * @throws AgentRefusal; ApiError `AGENT_UNREACHABLE`; an error where the connection breaks
 */
export async function* agentEvents(
  sandboxes: Sandboxes,
  sandbox: { id: string; token: string },
  call: Pick<AgentCall, 'method' | 'path' | 'body' | 'signal'>,
): AsyncGenerator<StreamEvent[]> {
  const via = sandboxes.connections.of(sandbox.id);
  const headers = { 'user-agent': userAgent };
  const response = await openAgent(sandboxes.runtime, sandbox, { ...call, headers, via });
  if (response.statusCode !== 200) throw await refusal(response);
  try {
    let rest = '';
    for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
      const [first = '', ...more] = part.split('\n');
      const lines = [rest + first, ...more];
      rest = lines.pop() ?? '';
      if (rest.length > longestLine) throw new Error('the agent’s answer has too long a line');
      const told = lines.filter((line) => line.startsWith('data: '));
      if (told.length > 0) yield told.map((line) => JSON.parse(line.slice(6)) as StreamEvent);
    }
  } finally {
    response.destroy();
  }
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
