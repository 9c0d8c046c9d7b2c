import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { destinationOf } from './destination.ts';
import { type Exported, exportFile } from './export-file.ts';
import { storeHeaders } from './headers.ts';

export interface TransfersOptions {
  runtime: Pick<Runtime, 'connect'>;
  /** See `transfers.allowed_hosts`. */
  allowedHosts: readonly string[];
  timeoutSeconds: number;
}

/** A file of a sandbox, and the URL of an object store that was signed beforehand. */
export interface TransferRequest {
  path: string;
  /** Where a relative path starts; the workspace's working directory unless said. */
  cwd?: string | undefined;
  url: string;
  /** Sent along, as they were signed. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** What `url` and `headers` are called in the request, for errors. */
  fields?: { url: string; headers: string };
}

/** Files on their way between sandboxes and object stores. A sandbox reaches no store by itself: it is control who talks to it. */
export class Transfers {
  readonly #options: TransfersOptions;

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /**
   * Sends a file of a sandbox that runs to a store, by PUT.
   * @throws ApiError `TRANSFER_URL_NOT_ALLOWED`, `STORE_REFUSED`, `STORE_UNREACHABLE`, `FILE_CHANGED`, `AGENT_UNREACHABLE`, and why
   * the file can't be read: `FILE_NOT_FOUND`, `PERMISSION_DENIED`, `INVALID_FILE`, `INVALID_PARAMETER`
   */
  async exportFile(
    sandbox: { id: string; token: string },
    request: TransferRequest,
    caller: AbortSignal,
  ): Promise<Exported> {
    const { runtime, allowedHosts, timeoutSeconds } = this.#options;
    const { path, cwd, url, headers = {}, fields = { url: 'url', headers: 'headers' } } = request;
    const destination = await destinationOf(url, fields.url, allowedHosts);
    const sent = storeHeaders(headers, fields.headers);
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    const signal = AbortSignal.any([caller, timeout]);
    try {
      return await exportFile({ runtime, sandbox, signal }, { path, cwd }, destination, sent);
    } catch (error) {
      caller.throwIfAborted();
      if (!timeout.aborted) throw error;
      const message = `${destination.url.host}: it took longer than ${timeoutSeconds} s.`;
      throw new ApiError('STORE_UNREACHABLE', message, { cause: error });
    }
  }
}
