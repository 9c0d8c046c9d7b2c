import { z } from 'zod';
import type { Runtime } from '../runtimes/runtime.ts';
import { callAgent } from '../sandboxes/agent.ts';

const answerMs = 5000;
const Entrypoint = z.object({ pid: z.int().optional() });

/**
 * Whether a container that was started for a pool was given to somebody, by the word of its agent: in one that stands by no entrypoint has
 * begun. Labels can't say it, as they never change. Undefined: its agent can't be asked, or does not answer.
 */
export async function wasClaimed(
  runtime: Pick<Runtime, 'token' | 'connect'>,
  id: string,
): Promise<boolean | undefined> {
  try {
    const token = await runtime.token(id);
    if (token === undefined) return undefined;
    const call = { method: 'GET', path: '/entrypoint', signal: AbortSignal.timeout(answerMs) } as const;
    return Entrypoint.parse(await callAgent(runtime, { id, token }, call)).pid !== undefined;
  } catch {
    return undefined;
  }
}
