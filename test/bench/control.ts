import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Listening } from './server.ts';

/** A control that runs in a process of its own, so that who measures and who is measured don't share an event loop. */
export interface Control extends Listening {
  /** Ends every sandbox, the network, every container with the label, and control. @throws Error when something went wrong */
  close(): Promise<void>;
}

/** Starts control. Whatever becomes of this process, that one removes what both made. @throws Error when it doesn't start */
export async function startControl(label: string): Promise<Control> {
  // Control logs to standard output, which is the results' here.
  const child = fork(join(import.meta.dirname, 'server.ts'), [label], { stdio: ['ignore', 2, 2, 'ipc'] });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const failed = exited.then(([code, signal]) => {
    throw new Error(`control did not start: its process ended with ${signal ?? code}`);
  });
  const [listening] = (await Promise.race([once(child, 'message'), failed])) as [Listening];
  failed.catch(() => {});
  return {
    ...listening,
    close: async () => {
      if (child.connected) child.disconnect();
      const [code, signal] = await exited;
      if (code !== 0) throw new Error(`control did not end as it should: ${signal ?? code}`);
    },
  };
}
