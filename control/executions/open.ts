import type { Storage } from '../storage/open.ts';
import { Executions, type ExecutionsOptions } from './executions.ts';
import type { Limits } from './run.ts';
import { ExecutionStore } from './store.ts';

/** What the administrator says of executions. */
export interface ExecutionSettings extends Limits {
  maxUnfinished: number;
  maxKept: number;
  keepSeconds: number;
}

/** Executions with the database and the settings of this server. */
export function openExecutions(
  storage: Storage,
  { maxUnfinished, maxKept, keepSeconds, ...limits }: ExecutionSettings,
  options: Pick<ExecutionsOptions, 'sandboxes' | 'workspaces' | 'templates' | 'settle' | 'log'>,
): Executions {
  const keep = { most: maxKept, ms: keepSeconds * 1000 };
  return new Executions({ ...options, store: new ExecutionStore(storage), limits, keep, maxUnfinished });
}
