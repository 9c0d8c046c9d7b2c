import { ApiError } from '../../../shared/api/errors.ts';
import type { Log, LogOptions } from '../runtime.ts';
import { mustFind } from './find.ts';
import { readLog } from './log-frames.ts';
import { isRefusal } from './refusal.ts';
import type { Store } from './store.ts';

/** The last output of the entrypoint and the agent, as the engine kept it: at most 10,000 lines and a mebibyte. */
export async function logs(store: Store, id: string, options: LogOptions): Promise<Log> {
  const { Id } = await mustFind(store, id);
  try {
    return await readLog(store.engine, Id, options);
  } catch (error) {
    if (!isRefusal(error, 404)) throw error;
    throw new ApiError('DOCKER::SANDBOX_NOT_FOUND', `sandbox ${id} has no container`, { cause: error });
  }
}
