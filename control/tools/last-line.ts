import { stripVTControlCharacters } from 'node:util';
import { CommandStatus } from '../../shared/api/commands.ts';
import { askAgent } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';

/** Read of the end of the output; a longer line is told by its end. */
const readBytes = 1024;
/** What comes meanwhile is read too. */
const mostBytes = 1024 * 1024;
/** Characters that are told. */
const mostCharacters = 200;
const answerMs = 3000;

/** What a command has put out last, as one line; undefined: nothing yet, or nobody can say. */
export async function lastLine(sandboxes: Sandboxes, sandbox: SandboxRow, id: string): Promise<string | undefined> {
  const common = {
    method: 'GET',
    signal: AbortSignal.timeout(answerMs),
    via: sandboxes.connections.of(sandbox.id),
  } as const;
  try {
    const status = await askAgent(sandboxes.runtime, sandbox, { ...common, path: `/command/status/${id}` });
    const { stdout, stderr } = CommandStatus.parse(JSON.parse(status.body.toString())).output_bytes;
    const offset = Math.max(0, stdout + stderr - readBytes);
    const path = `/command/${id}/output?stream=both&offset=${offset}`;
    const output = await askAgent(sandboxes.runtime, sandbox, { ...common, path, mostBytes });
    return output.status === 200 ? lastLineOf(output.body.toString()) : undefined;
  } catch {
    // It has not begun yet, or its agent is gone for the moment.
    return undefined;
  }
}

/** The last line of a text that has something on it, as a terminal would show it but without colours; undefined: there is none. */
export function lastLineOf(text: string): string | undefined {
  const lines = stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[\p{Cc}\ufffd]+/gu, ' ').trim());
  const last = [...(lines.findLast((line) => line !== '') ?? '')];
  return last.length === 0 ? undefined : last.slice(-mostCharacters).join('');
}
