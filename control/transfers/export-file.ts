import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../shared/api/errors.ts';
import type { Destination } from './destination.ts';
import { firstWords } from './first-words.ts';
import { heldBack } from './held-back.ts';
import { type AgentOf, describeFile, type FileAbout, openSandboxFile, versionOf } from './sandbox-file.ts';
import { answerTo, storeRefusal, storeRequest } from './store-request.ts';

/** A file that a store has taken. */
export interface Exported extends FileAbout {
  /** As the store says it. */
  etag?: string;
}

/** A larger file is sent when the store has said that it will take it, so that it can refuse before. */
const askedBytes = 1024 * 1024;
/** Not every server knows the question. */
const continueMs = 1000;

/**
 * Sends a file of a sandbox to a store by PUT. What the store has not had to the last byte it does not keep, so it is all of the file as
 * it was at one time, or nothing.
 * @throws ApiError `STORE_REFUSED`, `STORE_UNREACHABLE`, `FILE_CHANGED`, `AGENT_UNREACHABLE`, and why the file can't be read
 */
export async function exportFile(
  agent: AgentOf,
  file: { path: string; cwd?: string | undefined },
  destination: Destination,
  headers: Record<string, string>,
): Promise<Exported> {
  const about = await describeFile(agent, file);
  const version = await versionOf(agent, about.path);
  const body = await openSandboxFile(agent, about.path);
  const size = Number(body.headers['content-length']);
  const check = async () => {
    if ((await versionOf(agent, about.path)) === version) return;
    throw new ApiError('FILE_CHANGED', `${file.path}: it was written to while it was sent.`, { field: 'path' });
  };
  const request = storeRequest(destination, {
    method: 'PUT',
    signal: agent.signal,
    headers: {
      // The second version of Amazon's signatures covers it, whether it was said when it was signed or not.
      ...(!destination.url.searchParams.has('AWSAccessKeyId') && { 'content-type': about.mimeType }),
      ...headers,
      'content-length': size,
      connection: 'close',
      ...(size > askedBytes && { expect: '100-continue' }),
    },
  });
  const answered = answerTo(request);
  const sent = send(request, answered, body, { size, check });
  const fault = sent.then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    const answer = await answered;
    const { statusCode = 0, headers: said } = answer;
    if (statusCode < 200 || statusCode >= 300) throw storeRefusal(destination, answer, await firstWords(answer));
    await sent;
    return { ...about, size, ...(said.etag && { etag: said.etag }) };
  } catch (error) {
    request.destroy();
    // What went wrong with the file has broken the request off, which says nothing of it.
    const why = await fault;
    throw why instanceof ApiError ? why : error;
  } finally {
    body.destroy();
    request.destroy();
  }
}

async function send(
  request: ClientRequest,
  answered: Promise<unknown>,
  body: IncomingMessage,
  { size, check }: { size: number; check(): Promise<void> },
): Promise<void> {
  if (size > askedBytes && !(await isToContinue(request, answered))) return;
  await pipeline(readFrom(body, check), heldBack(size, check), request);
}

/** False when the store has answered already, or can't be reached. */
async function isToContinue(request: ClientRequest, answered: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  const { signal } = done;
  request.flushHeaders();
  try {
    return await Promise.race([
      once(request, 'continue', { signal }).then(() => true),
      delay(continueMs, true, { signal }),
      answered.then(
        () => false,
        () => false,
      ),
    ]);
  } finally {
    done.abort();
  }
}

/** The agent breaks off where a file has become shorter. */
async function* readFrom(body: IncomingMessage, check: () => Promise<void>): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (cause) {
    await check();
    throw new ApiError('AGENT_UNREACHABLE', `The sandbox’s agent broke off: ${(cause as Error).message}`, { cause });
  }
}
