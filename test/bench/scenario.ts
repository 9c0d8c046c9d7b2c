import type { Control } from './control.ts';
import type { Engine } from './engine.ts';
import type { Sandbox, SandboxLimits } from './sandbox.ts';

export type Unit = 'ms' | 'MiB' | 'MiB/s' | 'lines/s';

/** One thing whose speed or size is measured, beside the least that it could cost: its baseline. */
export interface Scenario {
  /** Fixed: results of different versions are compared by it. */
  name: string;
  unit: Unit;
  /** What the baseline is, in a few words. */
  baseline: string;
  /** Measures; cleans up after itself, also when it fails or `bench.signal` ends it. */
  measure(bench: Bench): Promise<Measured>;
}

/** One value per run that counts, in the scenario's unit. */
export interface Measured {
  values: number[];
  baseline: number[];
  /** What of its output the baseline lost, where it did, in a few words. */
  lost?: string;
  /** What else is to be known of it: a line. */
  remark?: string;
}

/** What a scenario works with. */
export interface Bench {
  control: Control;
  engine: Engine;
  /** Label of every container that is not control's own, so that nothing stays behind. */
  label: Record<string, string>;
  /** Aborted when the user or the time limit ends it. */
  signal: AbortSignal;
  /** How often to run: `full`, or a few times when it only has to be seen that it works. */
  count(full: number, quick: number): number;
  /** Tells the user how far it is. */
  progress(done: number, of: number): void;
  /** Gives `use` a sandbox of its own and removes it afterwards. `idle`: what becomes of it when it isn't used. */
  withSandbox<T>(use: (sandbox: Sandbox) => Promise<T>, limits?: SandboxLimits, idle?: object): Promise<T>;
}
