import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CodeClient } from './code-client.ts';
import { makeDisk, type SandboxDisk, type SandboxOptions } from './sandbox.ts';

/** An agent in a process of its own, which `kill` ends without warning, and `stop` as it should be. */
async function startAgent(disk: SandboxDisk, options: SandboxOptions) {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'agent-process.ts'), JSON.stringify([disk, options])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [address] = (await once(child.stdout!, 'data')) as [Buffer];
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return Object.assign(new CodeClient(address.toString().trim()), { child: child as ChildProcess, end });
}

/** A sandbox whose agents are started by the test, one after the other; with further kernelspecs by name. */
export function startSandboxWithAgents(
  t: TestContext,
  specs: Record<string, object> = {},
  options: SandboxOptions = {},
) {
  const agents: Awaited<ReturnType<typeof startAgent>>[] = [];
  const disk = makeDisk(t, specs, async () => {
    await agents.at(-1)!.end('SIGTERM');
  });
  return {
    disk,
    start: async () => {
      const agent = await startAgent(disk, options);
      agents.push(agent);
      return agent;
    },
  };
}
