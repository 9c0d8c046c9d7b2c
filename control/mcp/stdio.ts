import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { type RemoteOptions, remoteToolbox } from './remote-toolbox.ts';
import { mcpServer } from './server.ts';

export interface StdioOptions extends RemoteOptions {
  /** Told what went wrong beside the answers. */
  onError(error: Error): void;
}

/**
 * Serves the tools of a workspace behind another server on standard input and output, until the input ends or the signal is aborted;
 * calls under way are ended then. @throws Error where the server isn't there, or lets nobody in
 */
export async function serveOnStdio({ onError, ...remote }: StdioOptions, stop: AbortSignal): Promise<void> {
  const toolbox = await remoteToolbox(remote);
  try {
    const serving = serveStdio(() => mcpServer(toolbox, remote.version), { onerror: onError });
    await new Promise<void>((resolve) => {
      process.stdin.once('close', resolve).once('end', resolve);
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
    await serving.close();
  } finally {
    await toolbox.close();
  }
}
