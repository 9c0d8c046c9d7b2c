import { type KernelConnection, KernelMessage } from '@jupyterlab/services';
import type { Cell, CellOutcome } from '../kernel.ts';
import type { LateOutput } from './late-output.ts';
import { countIn, errorOf, outputOf } from './messages.ts';

/** Of a kernel that says only that there was an error. */
const unsaid = { ename: 'Aborted', evalue: 'The kernel aborted the cell.' };

/** A cell that is over. */
export interface CellReply {
  outcome: CellOutcome;
  /** The cell has called exit(): the kernel ends. */
  asksExit: boolean;
}

/**
 * Runs a cell on a kernel's connection. What earlier cells said meanwhile, `late`, is told by it. Undefined when the connection was given
 * up before the cell was over.
 */
export async function runCell(
  connection: KernelConnection,
  cell: Cell,
  late: LateOutput,
): Promise<CellReply | undefined> {
  const { code, take, ask, isSilent = false } = cell;
  const future = connection.requestExecute({
    // Half a character is valid in JSON, and kernels choke on it.
    code: code.toWellFormed(),
    silent: isSilent,
    store_history: !isSilent,
    // When nobody can answer a cell that asks, input() fails, and says so.
    allow_stdin: ask !== undefined,
    stop_on_error: false,
  });
  if (!isSilent) late.to(future.msg.header.msg_id, take);
  // IRkernel asks whether or not it may, and waits: an empty line is what R takes where nobody is there.
  const nobody = async () => {
    take({ type: 'stream', name: 'stderr', text: 'Nobody can answer this cell: it got an empty line.\n' });
    return '';
  };
  future.onStdin = (message) => void answer(connection, message, ask ?? nobody);
  future.onIOPub = (message) => {
    const output = outputOf(message);
    if (output) take(output);
  };
  try {
    const reply = (await future.done).content as unknown as Record<string, unknown>;
    return { outcome: outcomeOf(reply), asksExit: asksExit(reply) };
  } catch {
    return undefined;
  } finally {
    late.keep();
    // A cell that was interrupted while it asked: the library would keep the next one back until that is answered.
    connection.removeInputGuard();
  }
}

async function answer(
  connection: KernelConnection,
  message: KernelMessage.IStdinMessage,
  ask: NonNullable<Cell['ask']>,
): Promise<void> {
  if (!KernelMessage.isInputRequestMsg(message)) return;
  const { prompt, password } = message.content;
  const value = await ask({ prompt: String(prompt).toWellFormed(), password: password === true });
  if (connection.isDisposed) return;
  connection.sendInputReply({ status: 'ok', value: value.toWellFormed() }, message.header);
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
