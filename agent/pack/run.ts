import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs the Node of a pack, with the pack's own loader and libraries as in a container. What it says goes to this process's output. */
export function runNode(pack: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const node = ['--library-path', join(pack, 'lib'), join(pack, 'bin/node'), ...args];
  return spawn(join(pack, 'lib/ld.so'), node, { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/**
 * Runs the agent of a pack without a container, as the user of this process. It listens at `agent.sock` in `dir`, which it has to itself;
 * `environ`: NUL-terminated variables of the user's, as a container's.
 */
export function runAgent(
  pack: string,
  { dir, token, environ }: { dir: string; token: string; environ: string },
): { agent: ChildProcess; socketPath: string } {
  const socketPath = join(dir, 'agent.sock');
  writeFileSync(join(dir, 'environ'), environ);
  const agent = runNode(pack, [join(pack, 'agent.cjs')], {
    CUBBY_TOKEN: token,
    CUBBY_PACK: pack,
    CUBBY_LISTEN: socketPath,
    CUBBY_SPOOL: join(dir, 'spool'),
    CUBBY_ENVIRON: join(dir, 'environ'),
    CUBBY_USER: `${process.getuid!()}:${process.getgid!()}`,
  });
  return { agent, socketPath };
}
