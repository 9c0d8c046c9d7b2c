import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openControl, type TestControl } from './control.ts';

/** What a configuration has to say for sandboxes that are processes of this machine. */
export const hostSettings = { 'runtime.type': 'host', 'runtime.accept_no_isolation': 'true' };

/**
 * Starts the real control with the host runtime; no engine is needed. After the test its sandboxes and its state are gone; the test
 * fails if a process names its state directory, or a sandbox's directory is left.
 */
export async function startHostControl(t: TestContext, settings: Record<string, string> = {}): Promise<TestControl> {
  const state = mkdtempSync(join(tmpdir(), 'cubby-control-'));
  let started: TestControl | undefined;
  t.after(async () => {
    const spools = directoriesIn(join(state, 'host')).map((id) => `/tmp/cubby-host-${id}`);
    await started?.control.removeAll();
    await started?.control.close();
    const left = [...processesNaming(state), ...directoriesIn(join(state, 'host')), ...spools.filter(existsSync)];
    rmSync(state, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  });
  started = await openControl(state, { ...hostSettings, ...settings });
  return started;
}

/** Command lines of this machine that name a directory; a test's own runner doesn't. */
export function processesNaming(directory: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return words.includes(directory) ? [words] : [];
    } catch {
      return [];
    }
  });
}

function directoriesIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}
