/** Where a sandbox is in its life, in OpenSandbox's words. */
export type State = 'Pending' | 'Running' | 'Paused' | 'Stopping' | 'Terminated' | 'Failed';

/** Why it is there: short, for programs. */
export type Reason =
  | 'creating'
  | 'container_running'
  | 'container_paused'
  | 'user_delete'
  | 'ttl_expiry'
  | 'entrypoint_exited'
  | 'out_of_memory'
  | 'container_removed'
  | 'restarted_outside'
  | 'control_restarted';

/** From which state which others can follow. The states of a life that has ended have no successor. */
const successors: Record<State, readonly State[]> = {
  Pending: ['Running', 'Stopping', 'Failed', 'Terminated'],
  Running: ['Paused', 'Stopping', 'Failed', 'Terminated'],
  Paused: ['Running', 'Stopping', 'Failed', 'Terminated'],
  Stopping: ['Terminated', 'Failed'],
  Terminated: [],
  Failed: [],
};

export function canFollow(from: State, to: State): boolean {
  return successors[from].includes(to);
}

/** True while a sandbox has, or should soon have, a container that runs. */
export function isLive(state: State): boolean {
  return state === 'Pending' || state === 'Running' || state === 'Paused';
}

/** True when nothing will happen to it any more. */
export function hasEnded(state: State): boolean {
  return successors[state].length === 0;
}

/** What a container's state, as the engine tells it, means for a sandbox that was running. */
export interface Verdict {
  state: State;
  reason: Reason;
  message: string;
}

/** What is to be said of a sandbox whose container has ended. */
export function verdictOnExit(exitCode: number | undefined, outOfMemory: boolean): Verdict {
  if (outOfMemory) {
    return {
      state: 'Failed',
      reason: 'out_of_memory',
      message: 'The kernel ended the sandbox because it was out of memory.',
    };
  }
  const message = `The entrypoint ended with exit code ${exitCode ?? 'unknown'}.`;
  return { state: exitCode === 0 ? 'Terminated' : 'Failed', reason: 'entrypoint_exited', message };
}
