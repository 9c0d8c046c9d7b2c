import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { testUnless } from './engine.ts';
import { until } from './until.ts';

/** Where Debian has them, and where others do: the newest comes last. */
const programs = [...globSync('/usr/lib/postgresql/*/bin/initdb').sort(), ...globSync('/usr/{local/,}bin/initdb')];

/** A test that needs the programs of PostgreSQL. In CI it always runs, and fails where there are none. */
export function postgresTest(name: string, body: (context: TestContext) => Promise<void>): void {
  const reason = programs.length > 0 || process.env.CI === 'true' ? undefined : 'no PostgreSQL on this machine';
  testUnless(reason, name, body, { timeout: 300_000 });
}

/** A database of a test's own. */
export interface TestPostgres {
  url: string;
  /** Runs statements as its owner. */
  run(sql: string): Promise<void>;
  /** Throws everybody out at once, as a crash would. */
  crash(): Promise<void>;
}

/**
 * Starts a real PostgreSQL over an empty directory, on a socket there and on no port. It trusts whoever can reach that. After the test
 * it is ended and its directory is gone.
 */
export async function startPostgres(t: TestContext): Promise<TestPostgres> {
  const bin = dirname(programs.filter((path) => path.startsWith('/usr/lib')).at(-1) ?? programs.at(-1)!);
  const directory = mkdtempSync(join(tmpdir(), 'cubby-postgres-'));
  let server: ChildProcess | undefined;
  let said = '';
  const end = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  t.after(async () => {
    // Fast: whoever is connected is thrown out.
    await end('SIGINT');
    rmSync(directory, { recursive: true, force: true });
  });
  // It refuses to run as root.
  const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? unprivileged() : {};
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid!);
  const data = join(directory, 'data');
  const asIt = { ...user, cwd: directory, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'owner', '--auth=trust', '--no-sync', '-E', 'UTF8'], {
    ...asIt,
    stdio: 'pipe',
  });
  const settings = ['listen_addresses=', `unix_socket_directories=${directory}`, 'fsync=off', 'shared_buffers=16MB'];
  server = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((each) => ['-c', each])], {
    ...asIt,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  const url = `postgres://owner@/postgres?host=${encodeURIComponent(directory)}`;
  const run = async (sql: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const answers = () => {
    if (server.exitCode !== null) throw new Error(`PostgreSQL did not start: ${said}`);
    return run('select 1').then(
      () => true,
      () => false,
    );
  };
  await until(answers, 'PostgreSQL answers');
  return { url, run, crash: () => end('SIGQUIT') };
}

/** Whom it runs as where tests run as root. */
function unprivileged(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
