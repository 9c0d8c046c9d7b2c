import { ApiError } from '../../shared/api/errors.ts';
import type { ResourceInput, ResourceResult } from '../../shared/api/lobehub.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { describeFile, openSandboxFile } from '../transfers/sandbox-file.ts';
import type { Transfers } from '../transfers/transfers.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import { follow } from './follow.ts';
import { Output } from './output.ts';
import { whereArgv } from './session-directory.ts';
import type { Terminal } from './terminal.ts';

/** Of a file that comes with the answer. */
const mostBytes = 1024 * 1024;
const whereMs = 30_000;

export interface ResourcesOptions {
  sandboxes: Sandboxes;
  terminal: Terminal;
  transfers: Transfers;
}

/** Files of sessions: whether they are there, what is in them, and handing them out. */
export class Resources {
  readonly #options: ResourcesOptions;

  constructor(options: ResourcesOptions) {
    this.#options = options;
  }

  /**
   * Does what is asked with one file of a session that is there.
   * @throws ApiError `SESSION_NOT_FOUND`, `PAYLOAD_TOO_LARGE`; as `Transfers.exportFile`; the signal's reason
   */
  async run(
    key: WorkspaceKey,
    input: ResourceInput,
    { signal: stop, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
  ): Promise<ResourceResult> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    const { sandbox, leave } = await this.#options.terminal.enter(key, input.session_id);
    try {
      return await this.#do(sandbox, input, signal);
    } catch (error) {
      stop.throwIfAborted();
      if (signal.aborted) throw new ApiError('RUNTIME_ERROR', 'The task timed out.', { cause: error });
      throw error;
    } finally {
      leave();
    }
  }

  async #do(sandbox: SandboxRow, input: ResourceInput, signal: AbortSignal): Promise<ResourceResult> {
    const { sandboxes, transfers } = this.#options;
    const { action, session_id: sessionId, file_path: path, signed_url: url, headers } = input;
    const cwd = path.startsWith('/') ? undefined : await this.#directory(sandbox, sessionId, signal);
    const shown = ({ mimeType, size }: { mimeType: string; size: number }) => ({
      session_id: sessionId,
      file_path: path,
      mime_type: mimeType,
      size_bytes: size,
    });
    if (action === 'export') {
      const fields = { url: 'input.signed_url', headers: 'input.headers' };
      return shown(
        await transfers.exportFile(sandbox, { path, cwd, url: url ?? '', headers: headers ?? {}, fields }, signal),
      );
    }
    const agent = { runtime: sandboxes.runtime, sandbox, signal };
    const about = await describeFile(agent, { path, cwd });
    if (action !== 'read') return shown(about);
    const bytes = await read(await openSandboxFile(agent, about.path));
    return { ...shown({ ...about, size: bytes.length }), blob: bytes.toString('base64') };
  }

  /** Where a session's directory is, made where it isn't there. */
  async #directory(sandbox: SandboxRow, sessionId: string, signal: AbortSignal): Promise<string> {
    const { sandboxes } = this.#options;
    const output = new Output();
    const start = { argv: whereArgv(sessionId), timeout: whereMs };
    const { exitCode } = await follow({ start }, { sandboxes, sandbox, output, signal });
    const { stdout, stderr } = output.shown();
    if (exitCode === 0) return stdout.replace(/\n$/, '');
    throw new ApiError('RUNTIME_ERROR', `The session has no directory: ${stderr.slice(0, 300)}`);
  }
}

async function read(file: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of file) {
    parts.push(part);
    bytes += part.length;
    if (bytes <= mostBytes) continue;
    throw new ApiError('PAYLOAD_TOO_LARGE', `The file has more than ${mostBytes} bytes.`, { field: 'file_path' });
  }
  return Buffer.concat(parts);
}
