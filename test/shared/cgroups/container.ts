import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

const image = 'cubby/busybox:test';

/** A real container with a static busybox, removed with the test. */
export async function container(
  t: TestContext,
  limits: string[],
  command: string[],
): Promise<{ name: string; pid: number }> {
  await importImage();
  const name = `cubby-cgroups-${process.pid}-${Math.random().toString(36).slice(2)}`;
  // Not `docker rm` alone: a test that fails half-way must not leave one either.
  t.after(() => execFileSync('docker', ['rm', '--force', name], { stdio: 'ignore' }));
  await run('docker', ['run', '--detach', '--name', name, '--network', 'none', ...limits, image, ...command]);
  const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Pid}}', name]);
  return { name, pid: Number(stdout) };
}

/** Runs a command in it and waits for its end, however it ends. */
export async function execIn(name: string, ...command: string[]): Promise<void> {
  await run('docker', ['exec', name, ...command]).catch(() => undefined);
}

async function importImage(): Promise<void> {
  const there = await run('docker', ['image', 'inspect', image]).then(
    () => true,
    () => false,
  );
  if (there) return;
  const tar = spawn('tar', ['--create', '--directory=/', '--transform=s|.*/busybox|bin/busybox|', 'usr/bin/busybox']);
  const docker = spawn('docker', ['import', '-', image], { stdio: ['pipe', 'ignore', 'inherit'] });
  tar.stdout.pipe(docker.stdin);
  const [code] = await once(docker, 'exit');
  if (code !== 0) throw new Error(`docker import ended with ${code}`);
}
