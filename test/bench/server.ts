import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureApiKey } from '../../control/config/api-key.ts';
import { loadConfig } from '../../control/config/load.ts';
import { realSurroundings } from '../../control/config/surroundings.ts';
import { startControl } from '../../control/start.ts';
import { removeLabelled } from './containers.ts';
import { Engine } from './engine.ts';

/** What the measuring process is told when control listens. */
export interface Listening {
  url: string;
  apiKey: string;
  /** Id that its containers carry. */
  store: string;
  /** Path of the engine's socket. */
  engine: string;
}

/**
 * Control in a process of its own, with its own state and the default settings; control/control.ts starts it. It ends, and
 * removes all that it and the measuring process made, when that process disconnects or is gone, or on SIGTERM.
 */
async function serve(label: string): Promise<void> {
  const ended = new Promise((resolve) => process.once('disconnect', resolve).once('SIGTERM', resolve));
  // Ctrl-C comes to both processes; the other one decides.
  process.on('SIGINT', () => {});
  const state = mkdtempSync(join(tmpdir(), 'cubby-bench-'));
  try {
    // An empty file, and no variables of ours: what somebody configured for another control is not what is measured.
    const file = join(state, 'cubby.toml');
    writeFileSync(file, '');
    const args = ['--config', file, '--set', `store.path=${state}`, '--port', '0', '--log-level', 'warn'];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CUBBY_')));
    const { config } = ensureApiKey(loadConfig(args, { ...realSurroundings(), env }).config);
    const control = await startControl(config);
    const listening: Listening = {
      url: control.url,
      apiKey: config.server.apiKey[0]!,
      store: control.store,
      engine: config.docker.socket,
    };
    process.send?.(listening);
    await ended;
    try {
      await removeLabelled(new Engine(config.docker.socket), label);
      await control.removeAll();
    } finally {
      await control.close();
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
    if (process.connected) process.disconnect();
  }
}

await serve(process.argv[2]!);
