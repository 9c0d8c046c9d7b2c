import { randomUUID } from 'node:crypto';
import { ApiError } from '../../../shared/api/errors.ts';
import { afterLiving } from '../../processes/living.ts';
import type { RunningProcess } from '../../processes/process.ts';
import { describeDeath } from '../death.ts';
import type { LaunchedKernel } from '../launch.ts';
import { Channels } from './channels.ts';
import { nudge } from './nudge.ts';

/** A kernel that starts from a cold disk with a tenth of a processor takes some of it. */
const patienceMs = 60_000;
/** Exit code of our own programs when they can't work here: without ipykernel, with a Node that is too old. */
const unavailable = 69;
/** Enough for the stack of a crash. */
const lastWordsBytes = 8192;

export interface ConnectOptions {
  /** Gives up. */
  signal: AbortSignal;
  /** `control` is answered even while a cell runs. */
  channel: 'shell' | 'control';
  warn(message: string, error: unknown): void;
}

/**
 * Opens the channels of a kernel and waits until it answers.
 * @throws ApiError `KERNEL_NOT_AVAILABLE`, `KERNEL_DIED`, `WORKING_DIRECTORY_NOT_FOUND`; the signal's reason
 */
export async function connect({ process, record }: LaunchedKernel, options: ConnectOptions): Promise<Channels> {
  let warned = false;
  const channels = new Channels(record.connection, randomUUID(), (error) => {
    // Once: what a cell can do, it can do a million times.
    if (!warned) options.warn(`a message from kernel ${process.id} could not be read`, error);
    warned = true;
  });
  const failed = new AbortController();
  const callOff = afterLiving(patienceMs, () =>
    failed.abort(
      new ApiError('KERNEL_DIED', `The kernel did not answer within ${patienceMs / 1000} s.${quoted(process)}`),
    ),
  );
  void process.ended.then(() => failed.abort(startFailure({ process, record })));
  try {
    await nudge(channels, options.channel, AbortSignal.any([failed.signal, options.signal]));
    return channels;
  } catch (error) {
    channels.close();
    throw error;
  } finally {
    callOff();
  }
}

/** The last lines of a process's own output. */
export function lastWords(process: RunningProcess): string[] {
  const text = process.tail(lastWordsBytes).toString().trim();
  return text === '' ? [] : text.split('\n');
}

function startFailure({ process, record }: LaunchedKernel): ApiError {
  const status = process.status!;
  if (status.reason === 'failed' && status.error.startsWith('chdir')) {
    const { cwd } = record.context;
    return new ApiError('WORKING_DIRECTORY_NOT_FOUND', `The kernel cannot work in ${cwd}: ${status.error}.`, {
      field: 'cwd',
      expected: 'a directory that the user can enter',
    });
  }
  const unusable = status.reason === 'failed' || (status.reason === 'exited' && status.code === unavailable);
  const how = describeDeath(status, Number.POSITIVE_INFINITY);
  return new ApiError(
    unusable ? 'KERNEL_NOT_AVAILABLE' : 'KERNEL_DIED',
    `The kernel ${record.spec.name} ${how} when it was started.${quoted(process)}`,
  );
}

function quoted(process: RunningProcess): string {
  const words = lastWords(process);
  return words.length > 0 ? ` Its last words: ${words.join('\n')}` : '';
}
