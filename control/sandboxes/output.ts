import { ApiError } from '../../shared/api/errors.ts';
import type { Log, Runtime } from '../runtimes/runtime.ts';
import { lastLines } from './last-lines.ts';
import { isLive } from './states.ts';
import type { SandboxStore } from './store.ts';

/**
 * Output of the entrypoint, each line with its time: of a live sandbox from the engine, of an ended one what was kept of it.
 * Nothing, while it has no container yet. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`
 */
export async function outputOf(
  { store, runtime }: { store: SandboxStore; runtime: Runtime },
  id: string,
  { tail, since }: { tail: number; since?: Date | undefined },
): Promise<Log> {
  if (isLive(store.mustGet(id).state)) {
    try {
      return await runtime.logs(id, { tail, since, timestamps: true });
    } catch (error) {
      // There is no container. It is not there yet, or is gone a moment ago.
      if (!(error instanceof ApiError) || error.code !== 'DOCKER::SANDBOX_NOT_FOUND') throw error;
    }
  }
  const { lastWords, lastWordsCut } = store.mustGet(id);
  const text = lastLines(lastWords, { tail, since });
  return { text, isCut: lastWordsCut === 1 || text !== lastWords };
}
