/** Where a sandbox is in its life, in OpenSandbox's words. */
export type State = 'Pending' | 'Running' | 'Pausing' | 'Paused' | 'Resuming' | 'Stopping' | 'Terminated' | 'Failed';

/** Why a sandbox ended, and whether that was an end as it should be. */
const outcomes = {
  user_delete: 'Terminated',
  ttl_expiry: 'Terminated',
  max_lifetime: 'Terminated',
  idle_expiry: 'Terminated',
  entrypoint_exited: 'Terminated',
  entrypoint_failed: 'Failed',
  out_of_memory: 'Failed',
  container_removed: 'Failed',
  control_restarted: 'Failed',
} as const satisfies Record<string, State>;

export type EndReason = keyof typeof outcomes;

/** Why a sandbox is where it is: short, for programs. */
export type Reason =
  | 'creating'
  | 'container_running'
  | 'user_pause'
  | 'container_paused'
  | 'user_resume'
  | 'idle_freezing'
  | 'idle_frozen'
  | 'idle_stopping'
  | 'idle_stopped'
  | 'container_stopped'
  | 'disk_exceeded'
  | 'waking'
  | EndReason;

/** Of a sandbox that has, or should soon have, a container that runs. */
export const liveStates: readonly State[] = ['Pending', 'Running', 'Pausing', 'Paused', 'Resuming'];
export const allStates: readonly State[] = [...liveStates, 'Stopping', 'Terminated', 'Failed'];

/** Of a sandbox that may have something on the engine. */
export const unendedStates: readonly State[] = [...liveStates, 'Stopping'];

/** From which state which others can follow. The states of a life that has ended have no successor. */
const successors: Record<State, readonly State[]> = {
  Pending: ['Running', 'Stopping', 'Failed', 'Terminated'],
  // Whoever is at the engine may pause and unpause too: then it is so at once.
  Running: ['Pausing', 'Paused', 'Stopping', 'Failed', 'Terminated'],
  Pausing: ['Paused', 'Running', 'Stopping', 'Failed', 'Terminated'],
  // From frozen to stopped.
  Paused: ['Pausing', 'Resuming', 'Running', 'Stopping', 'Failed', 'Terminated'],
  Resuming: ['Running', 'Pausing', 'Paused', 'Stopping', 'Failed', 'Terminated'],
  Stopping: ['Terminated', 'Failed'],
  Terminated: [],
  Failed: [],
};

export function canFollow(from: State, to: State): boolean {
  return successors[from].includes(to);
}

export function isLive(state: State): boolean {
  return liveStates.includes(state);
}

/** True when nothing will happen to it any more. */
export function hasEnded(state: State): boolean {
  return successors[state].length === 0;
}

/** The state that a sandbox ends in. */
export function outcomeOf(reason: EndReason): State {
  return outcomes[reason];
}

/** Why a sandbox ends: for programs, and for people. */
export interface Verdict {
  reason: EndReason;
  message: string;
}

/** What is to be said of a sandbox whose time is up: its own, or all that it may have. */
export function verdictOnTime({ livesUntil }: { livesUntil: number | undefined }, now: number): Verdict {
  if (livesUntil === undefined || now < livesUntil) return { reason: 'ttl_expiry', message: 'Its time was up.' };
  return { reason: 'max_lifetime', message: 'It has lived for as long as it may, whatever renewals said.' };
}

/** What the kernel's SIGKILL makes of a process's exit code. It counts as out of memory only then: a command may have been so earlier. */
const killedExitCode = 137;

/** What is to be said of a sandbox whose container has ended. */
export function verdictOnExit(exitCode: number | undefined, outOfMemory: boolean): Verdict {
  if (outOfMemory && exitCode === killedExitCode) {
    return {
      reason: 'out_of_memory',
      message: 'The kernel ended the entrypoint because the sandbox was out of memory.',
    };
  }
  const message = `The entrypoint ended with exit code ${exitCode ?? 'unknown'}.`;
  return { reason: exitCode === 0 ? 'entrypoint_exited' : 'entrypoint_failed', message };
}
