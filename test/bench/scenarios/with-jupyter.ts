import { JupyterServer } from '../jupyter/server.ts';
import type { Sandbox, SandboxLimits } from '../sandbox.ts';
import type { Bench } from '../scenario.ts';

/** Gives `use` a sandbox in which a Jupyter Server runs as well, and removes both afterwards. */
export function withJupyter<T>(
  bench: Bench,
  use: (sandbox: Sandbox, server: JupyterServer) => Promise<T>,
  limits?: SandboxLimits,
): Promise<T> {
  return bench.withSandbox(async (sandbox) => {
    const server = await JupyterServer.prepare(sandbox, bench);
    try {
      await server.start();
      return await use(sandbox, server);
    } finally {
      await server.close();
    }
  }, limits);
}
