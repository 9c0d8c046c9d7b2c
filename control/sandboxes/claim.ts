import { isDeepStrictEqual } from 'node:util';
import { type Claim, mostClaimBytes } from '../../shared/api/claims.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { ContainerSpec, Runtime } from '../runtimes/runtime.ts';
import { callAgent } from './agent.ts';
import type { SandboxRow } from './row.ts';
import type { Member } from './standby.ts';

/** An agent that stands by answers in a few milliseconds; of one that doesn't by then the engine is asked. */
const patienceMs = 3000;
/** Its share of the smallest spool, beside what commands say there. */
const spoolShare = 4;

/** What a member is to be told so as to become what `spec` says; undefined where that is too long for it. */
export function claimOf({ env, user, keepHome, entrypoint }: ContainerSpec): SandboxRow['claim'] {
  const claim: Claim = { entrypoint, env, user, keepHome };
  if (Buffer.byteLength(JSON.stringify(claim)) > mostClaimBytes / spoolShare) return undefined;
  return { env, user, keepHome };
}

/**
 * Makes a member of a pool the sandbox of a row that is written down. Nothing of the user's runs before its limits and its policy are in force.
 * Its agent knows whether it was started again meanwhile, and has lost its network's rules with that: then it refuses. Returns the engine's
 * word on its start, by which a later one is told apart.
 * @throws ApiError or Error when it can't be that: it is of no use any more. `DOCKER::SANDBOX_EXECD_START_FAILED`: it may have begun
 */
export async function claim(
  runtime: Runtime,
  row: SandboxRow,
  member: Member,
  readyTimeoutMs: number,
): Promise<string> {
  const { id, profile, limits, policy } = row;
  const isResized = !isDeepStrictEqual(sizes(limits), sizes(member.limits));
  await Promise.all([
    member.born ? undefined : requireSame(runtime, member),
    isResized ? runtime.resize(id, { profile, limits }) : undefined,
    policy ? runtime.setPolicy(id, policy) : undefined,
  ]);
  await tell(runtime, row, member, readyTimeoutMs);
  return member.startedAt;
}

/** Tells its agent, which does it once however often it is told. Who is only slow is waited for: no other is told to begin what this one may have begun. */
async function tell(runtime: Runtime, row: SandboxRow, { born }: Member, readyTimeoutMs: number): Promise<void> {
  const body = { entrypoint: row.entrypoint, ...row.claim, born: born || undefined };
  const end = performance.now() + readyTimeoutMs;
  for (;;) {
    const signal = AbortSignal.timeout(patienceMs);
    try {
      await callAgent(runtime, row, { method: 'POST', path: '/entrypoint', body, signal });
      return;
    } catch (error) {
      const { message } = error as Error;
      const facts = await runtime.inspect(row.id).catch(() => undefined);
      if (facts?.state === 'exited') throw new ApiError('DOCKER::SANDBOX_START_FAILED', message);
      if (!signal.aborted || facts?.state !== 'running') throw error;
      if (performance.now() > end) throw new ApiError('DOCKER::SANDBOX_EXECD_START_FAILED', message, { cause: error });
    }
  }
}

/** Whether a claim failed that another member would fail at as well: its agent refused it, or its entrypoint could not be started. */
export function isHopeless(error: unknown): boolean {
  const { code } = error as Partial<ApiError>;
  return code === 'RUNTIME_ERROR' || code === 'DOCKER::SANDBOX_START_FAILED';
}

/** Whether a claim failed of which it isn't known what became: the entrypoint would run a second time in another. */
export function mayHaveBegun(error: unknown): boolean {
  return (error as Partial<ApiError>).code === 'DOCKER::SANDBOX_EXECD_START_FAILED';
}

async function requireSame(runtime: Runtime, { id, startedAt }: Member): Promise<void> {
  const facts = await runtime.inspect(id);
  if (facts?.state === 'running' && facts.startedAt === startedAt) return;
  throw new ApiError('AGENT_UNREACHABLE', `sandbox ${id}: the container that stood by has ended`);
}

function sizes({ memory, cpu, pids }: SandboxRow['limits']): object {
  return { memory, cpu, pids };
}
