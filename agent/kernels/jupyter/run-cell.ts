import type { KernelConnection } from '@jupyterlab/services';
import type { Cell, CellOutcome } from '../kernel.ts';
import { countIn, errorOf, outputOf } from './messages.ts';

/** Of a kernel that says only that there was an error. */
const unsaid = { ename: 'Aborted', evalue: 'The kernel aborted the cell.' };

/** A cell that is over. */
export interface CellReply {
  outcome: CellOutcome;
  /** The cell has called exit(): the kernel ends. */
  asksExit: boolean;
}

/** Runs a cell on a kernel's connection. Undefined when the connection was given up before the cell was over. */
export async function runCell(connection: KernelConnection, { code, take }: Cell): Promise<CellReply | undefined> {
  const future = connection.requestExecute({
    // Half a character is valid in JSON, and kernels choke on it.
    code: code.toWellFormed(),
    // Nobody can answer a cell that asks: input() fails then, and says so.
    allow_stdin: false,
    stop_on_error: false,
  });
  future.onIOPub = (message) => {
    const output = outputOf(message);
    if (output) take(output);
  };
  try {
    const reply = (await future.done).content as unknown as Record<string, unknown>;
    return { outcome: outcomeOf(reply), asksExit: asksExit(reply) };
  } catch {
    return undefined;
  }
}

function outcomeOf(reply: Record<string, unknown>): CellOutcome {
  // Some kernels tell of an error only here, and of an interrupt only by `aborted`.
  const error = reply.status === 'ok' ? undefined : errorOf({ ...unsaid, ...reply });
  return { count: countIn(reply), error };
}

function asksExit(reply: Record<string, unknown>): boolean {
  const payload = Array.isArray(reply.payload) ? reply.payload : [];
  return payload.some((item) => item?.source === 'ask_exit' && !item.keepkernel);
}
