import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openControl, type TestControl } from './control.ts';
import { type ControlProcess, startControlProcess } from './control-process.ts';
import { leftovers } from './leftovers.ts';
import { withStore } from './rows.ts';

type Settings = Record<string, string>;

/** A state directory over which a test starts control, ends it and starts it again, however it likes. */
export interface ControlLives {
  state: string;
  /** Id that its containers carry. */
  store: string;
  /** Control in this process, from now until `close`. */
  open(settings?: Settings): Promise<TestControl>;
  /** Control as a process of its own. */
  spawn(settings?: Settings): Promise<ControlProcess>;
}

/** After the test whatever runs is ended, its sandboxes too, and nothing may be left of them. */
export function controlLives(t: TestContext): ControlLives {
  const state = mkdtempSync(join(tmpdir(), 'cubby-control-'));
  const store = withStore(state, ({ storeId }) => storeId);
  const started: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const end of started) await end();
    const { control } = await openControl(state);
    await control.removeAll();
    await control.close();
    rmSync(state, { recursive: true });
    const left = await leftovers(store);
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  });
  return {
    state,
    store,
    open: async (settings) => {
      const opened = await openControl(state, settings);
      started.push(() => opened.control.close());
      return opened;
    },
    spawn: async (settings) => {
      const spawned = await startControlProcess(state, settings);
      started.push(() => spawned.kill());
      return spawned;
    },
  };
}
