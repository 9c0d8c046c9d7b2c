import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ensureApiKey } from '../../control/config/api-key.ts';
import { loadConfig } from '../../control/config/load.ts';
import { realSurroundings } from '../../control/config/surroundings.ts';
import { type Control, startControl } from '../../control/start.ts';
import { type ControlClient, controlClient } from './control-client.ts';
import { usualSettings } from './control-process.ts';
import { leftovers } from './leftovers.ts';

export { type AgentClient, controlClient, smallImage } from './control-client.ts';
export const pythonImage = 'cubby/python:latest';

/** A control that listens, with a store of its own, and ways to call it as a client does. */
export interface TestControl extends ControlClient {
  control: Control;
  /** Id that its containers carry. */
  store: string;
  /** Its state directory. */
  state: string;
}

/**
 * Starts the real control on a port of loopback. After the test its sandboxes, its network and its state are gone; the test
 * fails if a container, a network or a volume of its store is left.
 */
export async function startTestControl(t: TestContext, settings: Record<string, string> = {}): Promise<TestControl> {
  const state = mkdtempSync(join(tmpdir(), 'cubby-control-'));
  let started: TestControl | undefined;
  t.after(async () => {
    await started?.control.removeAll();
    await started?.control.close();
    rmSync(state, { recursive: true, force: true });
    const left = started ? await leftovers(started.store) : [];
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  });
  started = await openControl(state, settings);
  return started;
}

/** A control over a state directory that may be an earlier one's. The caller ends it. */
export async function openControl(state: string, settings: Record<string, string> = {}): Promise<TestControl> {
  const all = { ...usualSettings(state), 'log.level': 'silent', ...settings };
  const argv = Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const { config } = ensureApiKey(loadConfig(argv, realSurroundings()).config);
  const control = await startControl(config);
  return { ...controlClient(control.url, config.server.apiKey[0]!), control, store: control.store, state };
}
