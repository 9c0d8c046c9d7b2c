import { randomUUID } from 'node:crypto';
import { ApiError, type ErrorBody } from '../../shared/api/errors.ts';
import { commandIdHeader } from '../../shared/api/tools/command-fields.ts';
import type { ToolAnswer } from '../../shared/api/tools/envelope.ts';
import { executeCode } from '../../shared/api/tools/execute-code.ts';
import { runCommand } from '../../shared/api/tools/run-command.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';
import { readParameters } from '../../shared/http/tool-parameters.ts';
import { type AgentAnswer, type AgentCall, askAgent } from '../sandboxes/agent.ts';
import { knownCode } from '../sandboxes/agent-refusal.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import type { Transfers } from '../transfers/transfers.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { lastLine } from './last-line.ts';
import { withLinks } from './links.ts';
import { isAnswer, type Upload, uploadFile, uploadOf } from './upload.ts';

export interface ToolOptions {
  workspaces: Workspaces;
  sandboxes: Sandboxes;
  transfers: Transfers;
}

/** A call of a tool. */
export interface ToolRequest {
  key: WorkspaceKey;
  tool: Tool;
  /** As the caller gave them. */
  parameters: unknown;
  /** Aborted when the caller has gone: the tool is told to stop. */
  signal: AbortSignal;
  /** Told how to look at what the tool’s command puts out, where it runs one. */
  watch?: ((look: () => Promise<string | undefined>) => void) | undefined;
}

/** Bytes of an answer: a thousand paths of the greatest length. */
const mostBytes = 8 * 1024 * 1024;

/**
 * Calls a tool in the workspace of a key, which is made, or woken, where it has to be, and does not fall asleep meanwhile. What the
 * tool itself fails with, wrong parameters among it, is in the answer. @throws ApiError where the workspace can't be had or reached
 */
export async function callTool(options: ToolOptions, request: ToolRequest): Promise<ToolAnswer> {
  const { key, tool, parameters, signal } = request;
  let upload: Upload | undefined;
  try {
    upload = uploadOf(tool, readParameters(tool, parameters));
  } catch (error) {
    return failure((error as ApiError).toBody());
  }
  return inWorkspace(options, request, async (sandbox, recreated) => {
    const flag = recreated && { sessionExpiredAndRecreated: true };
    if (upload) return { ...(await sendTo(options, sandbox, upload, signal)), ...flag };
    const call = { method: 'POST', path: `/tools/${tool.name}`, body: parameters ?? {}, mostBytes, signal } as const;
    const answer = await ask(options, sandbox, { ...call, ...watched(options, request, sandbox) });
    const said = read(answer);
    if (answer.status !== 200) return { ...failure(said as ErrorBody), ...flag };
    return { success: true, result: withLinks(tool, said, key), ...flag };
  });
}

/** Tools that run a command to its end. */
const running: readonly string[] = [runCommand.name, executeCode.name];

/** Has the command be known by an id, by which it is looked at. */
function watched(options: ToolOptions, { tool, watch }: ToolRequest, sandbox: SandboxRow) {
  if (!watch || !running.includes(tool.name)) return {};
  const id = randomUUID().replaceAll('-', '');
  watch(() => lastLine(options.sandboxes, sandbox, id));
  return { headers: { [commandIdHeader]: id } };
}

/** Does something in a key's sandbox, awake. `recreated`: it is another than the key had before. */
export async function inWorkspace<T>(
  { workspaces, sandboxes }: ToolOptions,
  { key }: Pick<ToolRequest, 'key'>,
  work: (sandbox: SandboxRow, recreated: boolean) => Promise<T>,
): Promise<T> {
  for (let recreated = false; ; ) {
    const { sandbox, previous } = await workspaces.ensure(key, undefined);
    recreated ||= previous !== undefined;
    const leave = sandboxes.visits.enter(sandbox.id);
    try {
      // From here on it does not fall asleep; it may have, since it answered.
      if (sandboxes.store.get(sandbox.id)?.state === 'Running') return await work(sandbox, recreated);
    } finally {
      leave();
    }
  }
}

/** Asks the agent of a sandbox that runs. @throws ApiError `AGENT_UNREACHABLE` */
export function ask(
  { sandboxes }: ToolOptions,
  sandbox: SandboxRow,
  call: Omit<AgentCall, 'via'>,
): Promise<AgentAnswer> {
  return askAgent(sandboxes.runtime, sandbox, { ...call, via: sandboxes.connections.of(sandbox.id) });
}

async function sendTo(
  { transfers }: ToolOptions,
  sandbox: SandboxRow,
  upload: Upload,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  try {
    return { success: true, result: await uploadFile(transfers, sandbox, upload, signal) };
  } catch (error) {
    if (isAnswer(error)) return failure(error.toBody());
    throw error;
  }
}

/** What is in a sandbox may say anything. */
function read({ body }: AgentAnswer): object {
  let cause: unknown;
  try {
    const said = JSON.parse(body.toString()) as unknown;
    if (typeof said === 'object' && said !== null) return said;
  } catch (error) {
    cause = error;
  }
  throw new ApiError('AGENT_UNREACHABLE', 'The sandbox’s agent does not answer as an agent does.', { cause });
}

/** A failure as the answer has it. Only what is known counts as a code. */
function failure({ code, message }: Partial<ErrorBody>): ToolAnswer {
  return { success: false, result: null, error: { message: String(message), name: knownCode(code) } };
}
