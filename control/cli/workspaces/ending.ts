import { Refusal } from '../../users/calls.ts';
import { UsersError } from '../../users/problem.ts';
import type { Edge } from '../edge.ts';
import { stopSignal } from '../stop.ts';

/** What a shell gives for a program that ended because somebody pressed Ctrl-C. */
const interrupted = 130;

/**
 * Runs a command that takes its time. The first SIGINT or SIGTERM has it end where nothing is lost; the second ends it at once.
 * What it can't do is told in one sentence. `howFar`: what is said then of what was done.
 */
export async function untilStopped(
  edge: Edge,
  work: (signal: AbortSignal) => Promise<number>,
  howFar: () => string | undefined = () => undefined,
): Promise<number> {
  const signals = edge.stop ? undefined : stopSignal();
  const stop = edge.stop ?? signals!.signal;
  try {
    return await work(stop);
  } catch (error) {
    if (stop.aborted) {
      edge.err(`${howFar() ?? 'stopped'}\n`);
      return interrupted;
    }
    if (!(error instanceof UsersError || error instanceof Refusal)) throw error;
    const far = howFar();
    edge.err(`cubby: ${error.message}\n${far ? `${far}\n` : ''}`);
    return 1;
  } finally {
    signals?.release();
  }
}
