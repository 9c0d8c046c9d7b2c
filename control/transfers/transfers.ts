import { ApiError } from '../../shared/api/errors.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import { type Destination, destinationOf } from './destination.ts';
import { type Exported, exportFile } from './export-file.ts';
import { storeHeaders } from './headers.ts';
import { importFile } from './import-file.ts';
import { type MostTransfers, Places } from './places.ts';
import type { AgentOf } from './sandbox-file.ts';

export interface TransfersOptions extends MostTransfers {
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
  readonly #places: Places;

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#places = new Places(options);
  }

  /**
   * Sends a file of a sandbox that runs to a store, by PUT.
   * @throws ApiError `TRANSFER_URL_NOT_ALLOWED`, `STORE_REFUSED`, `STORE_UNREACHABLE`, `TOO_MANY_TRANSFERS`, `FILE_CHANGED`, `AGENT_UNREACHABLE`, and why
   * the file can't be read: `FILE_NOT_FOUND`, `PERMISSION_DENIED`, `INVALID_FILE`, `INVALID_PARAMETER`
   */
  async exportFile(
    sandbox: { id: string; token: string },
    request: TransferRequest,
    caller: AbortSignal,
  ): Promise<Exported> {
    const { path, cwd } = request;
    return this.#transfer(sandbox, request, caller, (agent, destination, headers) =>
      exportFile(agent, { path, cwd }, destination, headers),
    );
  }

  /**
   * Puts an object of a store, fetched by GET, into a file of a sandbox that runs. Its path is absolute, or starts from the image's
   * working directory. @throws ApiError as `exportFile`, but for why the file can't be written, `DISK_FULL` among it
   */
  async importFile(
    sandbox: { id: string; token: string },
    request: Omit<TransferRequest, 'cwd'>,
    caller: AbortSignal,
  ): Promise<{ path: string; size: number }> {
    const { path } = request;
    const size = await this.#transfer(sandbox, request, caller, (agent, destination, headers) =>
      importFile(agent, path, destination, headers),
    );
    return { path, size };
  }

  async #transfer<T>(
    sandbox: { id: string; token: string },
    { url, headers = {}, fields = { url: 'url', headers: 'headers' } }: TransferRequest,
    caller: AbortSignal,
    run: (agent: AgentOf, destination: Destination, headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const giveBack = this.#places.take(sandbox.id);
    try {
      return await this.#run(sandbox, { url, headers, fields }, caller, run);
    } finally {
      giveBack();
    }
  }

  async #run<T>(
    sandbox: { id: string; token: string },
    { url, headers, fields }: Required<Pick<TransferRequest, 'url' | 'headers' | 'fields'>>,
    caller: AbortSignal,
    run: (agent: AgentOf, destination: Destination, headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const { runtime, allowedHosts, timeoutSeconds } = this.#options;
    const destination = await destinationOf(url, fields.url, allowedHosts);
    const sent = storeHeaders(headers, fields.headers);
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      return await run({ runtime, sandbox, signal: AbortSignal.any([caller, timeout]) }, destination, sent);
    } catch (error) {
      caller.throwIfAborted();
      if (!timeout.aborted) throw error;
      const message = `${destination.url.host}: it took longer than ${timeoutSeconds} s.`;
      throw new ApiError('STORE_UNREACHABLE', message, { cause: error });
    }
  }
}
