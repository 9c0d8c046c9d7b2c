import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../../shared/api/errors.ts';
import { creating } from '../../shared/http/connections.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import { agentRefusal } from '../sandboxes/agent-refusal.ts';
import type { Destination } from './destination.ts';
import { firstWords } from './first-words.ts';
import { readSome } from './read-some.ts';
import { type AgentOf, jsonOf, mostRefusal } from './sandbox-file.ts';
import { answerTo, storeRefusal, storeRequest } from './store-request.ts';

/**
 * Fetches an object by GET and puts it into a file of a sandbox, in place of one that is there. Until all of it has come the old file
 * is as it was. Returns its number of bytes.
 * @throws ApiError `STORE_REFUSED`, `STORE_UNREACHABLE`, `AGENT_UNREACHABLE`, and why the file can't be written
 */
export async function importFile(
  agent: AgentOf,
  path: string,
  destination: Destination,
  headers: Record<string, string>,
): Promise<number> {
  const asked = storeRequest(destination, { signal: agent.signal, headers: { ...headers, connection: 'close' } });
  const answered = answerTo(asked);
  asked.end();
  try {
    const object = await answered;
    if (object.statusCode !== 200) throw storeRefusal(destination, object, await firstWords(object));
    return await put(agent, path, object, destination);
  } finally {
    asked.destroy();
  }
}

async function put(
  { runtime, sandbox, signal }: AgentOf,
  path: string,
  object: IncomingMessage,
  { url }: Destination,
): Promise<number> {
  const boundary = randomBytes(24).toString('hex');
  const request = httpRequest({
    method: 'POST',
    path: '/files/upload',
    signal,
    headers: {
      host: 'agent',
      [tokenHeader]: sandbox.token,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      connection: 'close',
    },
    createConnection: creating(() => runtime.connect(sandbox.id)),
  });
  const answered = answerTo(request).catch((cause: ApiError) => {
    const why = (cause.cause as Error | undefined)?.message ?? cause.message;
    throw new ApiError('AGENT_UNREACHABLE', `The sandbox’s agent does not answer: ${why}`, { cause });
  });
  let size = 0;
  let fault: ApiError | undefined;
  const form = async function* (): AsyncGenerator<Buffer | string> {
    yield part(boundary, 'metadata', 'application/json', JSON.stringify({ path }));
    yield part(boundary, 'file', 'application/octet-stream', '');
    try {
      for await (const bytes of object as AsyncIterable<Buffer>) {
        size += bytes.length;
        yield bytes;
      }
      if (!object.complete) throw new Error('it broke off');
    } catch (cause) {
      fault = new ApiError('STORE_UNREACHABLE', `${url.host}: ${(cause as Error).message}`, { cause });
      throw fault;
    }
    yield `\r\n--${boundary}--\r\n`;
  };
  const sent = pipeline(form, request).catch(() => {});
  try {
    const answer = await answered;
    if (answer.statusCode !== 200) throw agentRefusal(jsonOf(await readSome(answer, mostRefusal)));
    await sent;
    return size;
  } catch (error) {
    request.destroy();
    await sent;
    throw fault ?? error;
  } finally {
    request.destroy();
  }
}

function part(boundary: string, name: string, type: string, content: string): string {
  const filename = `; filename="${name}"`;
  return `\r\n--${boundary}\r\ncontent-disposition: form-data; name="${name}"${filename}\r\ncontent-type: ${type}\r\n\r\n${content}`;
}
