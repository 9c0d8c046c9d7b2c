/** What a sandbox's container is: it runs, is frozen with its memory kept, or stopped with its disk kept. */
export type Tier = 'running' | 'frozen' | 'stopped';

/** After how many seconds without use a sandbox sinks to a tier, each counted from the last use. 0: never. */
export interface IdleTimes {
  freezeAfterSeconds: number;
  stopAfterSeconds: number;
  /** It ends for good. */
  deleteAfterSeconds: number;
  /** For so long work that nobody looks at counts as use; 0: for as long as it takes. */
  backgroundSeconds: number;
}

/** What is next for a sandbox that nobody uses, and after how many ms without use. */
export interface Step {
  to: 'frozen' | 'stopped' | 'deleted';
  afterMs: number;
}

const order = ['running', 'frozen', 'stopped', 'deleted'] as const;

/** The step that comes first of those below a tier; of two at the same time the lower one. Undefined: none does. */
export function nextStep(from: Tier, times: IdleTimes): Step | undefined {
  const steps: Step[] = [
    { to: 'deleted', afterMs: times.deleteAfterSeconds * 1000 },
    { to: 'stopped', afterMs: times.stopAfterSeconds * 1000 },
    { to: 'frozen', afterMs: times.freezeAfterSeconds * 1000 },
  ];
  const lower = steps.filter(({ to, afterMs }) => afterMs > 0 && order.indexOf(to) > order.indexOf(from));
  return lower.reduce<Step | undefined>(
    (first, step) => (first && first.afterMs <= step.afterMs ? first : step),
    undefined,
  );
}

/** What a row says of one that runs. */
export const runs = { state: 'Running', reason: 'container_running', tier: 'running', idleSince: undefined } as const;

/** True for one that idleness has put, or is putting, to sleep: it is there for whoever touches it. */
export function isAsleep({ idleSince, state }: { idleSince: number | undefined; state: string }): boolean {
  return idleSince !== undefined && (state === 'Pausing' || state === 'Paused' || state === 'Resuming');
}
