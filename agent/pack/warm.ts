import { once } from 'node:events';
import { globSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAgent, runNode } from './run.ts';

const token = 'only-for-this-warm-up';

/** Runs the packed agent once as a sandbox would, so that the code it uses at its start is in the compile cache. */
export async function warmCompileCache(pack: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-warm-'));
  try {
    const { agent, socketPath } = runAgent(pack, { dir, token, environ: `PATH=${process.env.PATH}\0` });
    const exited = once(agent, 'exit');
    await untilListening(socketPath, () => agent.exitCode === null);
    await ask(socketPath, 'POST', '/command', '{"command":"echo warm"}');
    await ask(socketPath, 'POST', '/command', '{"command":""}');
    agent.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    if (code !== 0) throw new Error(`the packed agent ended with ${code} in its warm-up`);
    await warmLate(pack);
    ownedByRoot(join(pack, 'cache'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Loads each file that the agent loads late, which has to load, as the agent would: their compiled code is kept in files of their own. */
async function warmLate(pack: string): Promise<void> {
  const files = globSync('*-*.cjs', { cwd: pack }).map((name) => join(pack, name));
  const program = `
    require('node:module').enableCompileCache({ directory: ${JSON.stringify(join(pack, 'cache'))}, portable: true });
    for (const file of ${JSON.stringify(files)}) require(file);`;
  const loader = runNode(pack, ['--eval', program]);
  const [code] = (await once(loader, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`what the agent loads late does not load: ${code}`);
}

/** Node keeps a cache per user id, the last part of the folder's name; the agent runs as root. */
function ownedByRoot(cache: string): void {
  for (const name of readdirSync(cache)) {
    const forRoot = name.replace(/-\d+$/, '-0');
    if (forRoot !== name) renameSync(join(cache, name), join(cache, forRoot));
  }
}

async function untilListening(socketPath: string, alive: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await ask(socketPath, 'GET', '/ping');
      return;
    } catch (error) {
      if (!alive() || Date.now() > deadline) throw new Error('the packed agent does not start', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function ask(socketPath: string, method: string, path: string, body?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-execd-access-token': token, ...(body ? { 'content-type': 'application/json' } : {}) };
    const sent = request({ socketPath, method, path, headers, agent: false }, (response) => {
      response.resume().once('end', resolve).once('error', reject);
    });
    sent.once('error', reject).end(body);
  });
}
