import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const built = mkdtempSync(join(tmpdir(), 'cubby-init-'));
chmodSync(built, 0o755); // Commands run as other users too.
process.on('exit', () => rmSync(built, { recursive: true, force: true }));

/** Builds the native program as the pack does and returns its path; it is gone when the test's process ends. */
export function buildInit(): string {
  const path = join(built, 'init');
  execFileSync('sh', [join(root, 'agent/init/build.sh'), path]);
  return path;
}

/** Compiles one of test/programs under a name that no other process has, so that its processes can be counted. */
export function buildProgram(source: string): string {
  const path = join(built, `n${process.pid}`);
  execFileSync('cc', ['-static', '-O2', '-pthread', '-o', path, join(root, 'test/programs', source)]);
  return path;
}
