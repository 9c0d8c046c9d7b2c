import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A directory of this machine that every user may look into, for mounting; gone after the test. */
export function hostDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-host-'));
  chmodSync(directory, 0o755);
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
