import { setTimeout as delay } from 'node:timers/promises';
import type { ApiError } from '../../shared/api/errors.ts';
import { ProgramReport, type RunProgramRequest } from '../../shared/api/programs.ts';
import { type AgentCall, askAgent } from '../sandboxes/agent.ts';
import { agentRefusal } from '../sandboxes/agent-refusal.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';

/** The end of a tree of processes may take its grace and more. */
const endMs = 60_000;
const answerMs = 30_000;
/** How often a program is asked to start, and how long after one that was not answered. */
const mostTries = 3;
const retryMs = 200;

/** Has an agent start a program. A second call starts none. @throws ApiError `AGENT_UNREACHABLE`, or what the agent refuses it with */
export async function startProgram(sandboxes: Sandboxes, sandbox: SandboxRow, body: RunProgramRequest): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      const signal = AbortSignal.timeout(answerMs);
      return void (await call(sandboxes, sandbox, { method: 'POST', path: '/programs', body, signal }));
    } catch (error) {
      // It may have been started, and its agent gone before it could say so: asked again, that is told.
      if ((error as ApiError).code !== 'AGENT_UNREACHABLE' || tries === mostTries) throw error;
      await delay(retryMs);
    }
  }
}

/** What became of a program. `most`: bytes of its handler's value. @throws ApiError as above; `COMMAND_NOT_FOUND` */
export async function reportOf(
  sandboxes: Sandboxes,
  sandbox: SandboxRow,
  { id, most }: { id: string; most: number },
): Promise<ProgramReport> {
  const signal = AbortSignal.timeout(answerMs);
  // A value is text in the outcome, which is text in the file: each makes what has to be escaped longer.
  const path = `/programs/${id}?most=${4 * most + 65_536}`;
  const answer = await call(sandboxes, sandbox, { method: 'GET', path, signal, mostBytes: 16 * most + 1024 * 1024 });
  return ProgramReport.parse(answer);
}

/** Ends a program's whole tree, and returns when nothing is left of it. @throws ApiError as above; `COMMAND_NOT_RUNNING` */
export async function endProgram(sandboxes: Sandboxes, sandbox: SandboxRow, id: string): Promise<void> {
  const signal = AbortSignal.timeout(endMs);
  await call(sandboxes, sandbox, { method: 'DELETE', path: `/command?id=${id}`, signal });
}

/** Lets nothing be wrong with the end of what had ended. @throws the error where it is another */
export function unlessEnded(error: ApiError): void {
  if (!['COMMAND_NOT_RUNNING', 'COMMAND_NOT_FOUND', 'EXECUTION_NOT_RUNNING'].includes(error.code)) throw error;
}

async function call(sandboxes: Sandboxes, sandbox: SandboxRow, request: Omit<AgentCall, 'via'>): Promise<unknown> {
  const via = sandboxes.connections.of(sandbox.id);
  const { status, body } = await askAgent(sandboxes.runtime, sandbox, { ...request, via });
  const answer = body.length > 0 ? (JSON.parse(body.toString()) as unknown) : undefined;
  if (status === 200) return answer;
  throw agentRefusal(answer);
}
