import type { Control } from './control.ts';
import type { Engine } from './engine.ts';
import { Progress } from './progress.ts';
import { type Result, toResult } from './result.ts';
import { Sandbox } from './sandbox.ts';
import type { Bench, Scenario } from './scenario.ts';

/** One that takes longer has come to a stop. */
const limitMs = 15 * 60 * 1000;

export interface Session {
  control: Control;
  engine: Engine;
  label: Record<string, string>;
  quick: boolean;
  /** Aborted when the user has had enough. */
  stop: AbortSignal;
}

/** Measures one scenario. Undefined when it failed, which it says on standard error. @throws the reason of `stop` when that is aborted */
export async function measure(scenario: Scenario, session: Session): Promise<Result | undefined> {
  const progress = new Progress(scenario.name);
  const bench = benchOf(session, progress);
  try {
    const measured = await scenario.measure(bench);
    const result = toResult(scenario, measured);
    progress.end(
      `p50 ${result.p50} ${result.unit}, ${result.ratio} × ${result.baseline.name}${measured.remark ? `; ${measured.remark}` : ''}`,
    );
    return result;
  } catch (error) {
    session.stop.throwIfAborted();
    const why = bench.signal.aborted ? `it took longer than ${limitMs / 60_000} minutes` : (error as Error).message;
    progress.end(`FAILED: ${why}`);
    return undefined;
  }
}

function benchOf({ control, engine, label, quick, stop }: Session, progress: Progress): Bench {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(limitMs)]);
  return {
    control,
    engine,
    label,
    signal,
    count: (full, few) => (quick ? few : full),
    progress: (done, of) => progress.step(done, of),
    withSandbox: async (use, limits, idle) => {
      const sandbox = await Sandbox.create(control, signal, limits, idle);
      try {
        return await use(sandbox);
      } finally {
        await sandbox.remove();
      }
    },
  };
}
