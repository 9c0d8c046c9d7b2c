import { request as httpRequest, type IncomingMessage } from 'node:http';
import { posix } from 'node:path';
import { ApiError, type ErrorBody, type ErrorCode, errorTable } from '../../shared/api/errors.ts';
import type { ResourceInput, ResourceResult } from '../../shared/api/lobehub.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import { follow } from './follow.ts';
import { mediaType } from './media-types.ts';
import { Output } from './output.ts';
import { whereArgv } from './session-directory.ts';
import type { Terminal } from './terminal.ts';

/** Of a file that comes with the answer. */
const mostBytes = 1024 * 1024;
const whereMs = 30_000;

export interface ResourcesOptions {
  sandboxes: Sandboxes;
  terminal: Terminal;
}

/** Files of sessions: whether they are there, what is in them. */
export class Resources {
  readonly #options: ResourcesOptions;

  constructor(options: ResourcesOptions) {
    this.#options = options;
  }

  /**
   * Does what is asked with one file of a session that is there.
   * @throws ApiError `SESSION_NOT_FOUND`, `FILE_NOT_FOUND`, `INVALID_FILE`, `PERMISSION_DENIED`, `PAYLOAD_TOO_LARGE`; the signal's reason
   */
  async run(
    key: WorkspaceKey,
    { action, session_id: sessionId, file_path: filePath }: ResourceInput,
    { signal: stop, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
  ): Promise<ResourceResult> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    const { sandbox, leave } = await this.#options.terminal.enter(key, sessionId);
    try {
      const path = await this.#absolute(sandbox, { sessionId, filePath, signal });
      const file = await this.#open(sandbox, path, signal);
      const size = Number(file.headers['content-length']);
      const result = { session_id: sessionId, file_path: filePath, mime_type: mediaType(filePath), size_bytes: size };
      try {
        if (action !== 'read') return result;
        const bytes = await read(file);
        return { ...result, size_bytes: bytes.length, blob: bytes.toString('base64') };
      } finally {
        file.destroy();
      }
    } catch (error) {
      stop.throwIfAborted();
      if (signal.aborted) throw new ApiError('RUNTIME_ERROR', 'The task timed out.', { cause: error });
      throw error;
    } finally {
      leave();
    }
  }

  /** A path from the session's directory on. */
  async #absolute(
    sandbox: SandboxRow,
    { sessionId, filePath, signal }: { sessionId: string; filePath: string; signal: AbortSignal },
  ): Promise<string> {
    if (filePath.startsWith('/')) return filePath;
    const { sandboxes } = this.#options;
    const output = new Output();
    const start = { argv: whereArgv(sessionId), timeout: whereMs };
    const { exitCode } = await follow({ start }, { sandboxes, sandbox, output, signal });
    const { stdout, stderr } = output.shown();
    if (exitCode !== 0) throw new ApiError('RUNTIME_ERROR', `The session has no directory: ${stderr.slice(0, 300)}`);
    return posix.join(stdout.replace(/\n$/, ''), filePath);
  }

  async #open(sandbox: SandboxRow, path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = httpRequest({
      agent: this.#options.sandboxes.connections.of(sandbox.id),
      path: `/files/download?path=${encodeURIComponent(path)}`,
      headers: { host: 'agent', [tokenHeader]: sandbox.token },
      signal,
    });
    sent.once('response', resolve);
    sent.on('error', reject);
    sent.end();
    const response = await promise;
    if (response.statusCode === 200) return response;
    throw refusal(JSON.parse((await read(response)).toString()) as ErrorBody);
  }
}

function refusal({ code, message }: ErrorBody): ApiError {
  const known: ErrorCode = Object.hasOwn(errorTable, code) ? code : 'RUNTIME_ERROR';
  return new ApiError(known, String(message), { field: 'file_path' });
}

async function read(file: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of file as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes <= mostBytes) continue;
    throw new ApiError('PAYLOAD_TOO_LARGE', `The file has more than ${mostBytes} bytes.`, { field: 'file_path' });
  }
  return Buffer.concat(parts);
}
