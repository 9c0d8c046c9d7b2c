import type { Command } from '../commands/command.ts';
import { follow } from '../processes/follow.ts';
import { Excerpt } from './excerpt.ts';

/** Characters of a command's output that a tool answers with, of each stream and of both together. */
export const mostOutput = 30_000;

export type StreamName = 'stdout' | 'stderr';

/** What a command has put out, as far as it is told. */
export interface Collected {
  /** Both streams in the order in which they came. */
  output: string;
  stdout: string;
  stderr: string;
  /** Streams of which something is left out. */
  cut: StreamName[];
}

/** Reads a command's output to its end, in little memory, without holding the command back. Ends early when `signal` does. */
export async function collect(command: Command, signal: AbortSignal): Promise<Collected> {
  const [both, stdout, stderr] = [0, 1, 2].map(() => new Excerpt(mostOutput)) as [Excerpt, Excerpt, Excerpt];
  const own = { stdout, stderr };
  for await (const { records } of follow(command.process, { signal })) {
    for (const { stream, position, offset, data } of records) {
      both.take(position, data);
      own[stream].take(offset, data);
    }
  }
  const [all, out, err] = [both.read(), stdout.read(), stderr.read()];
  const cut = [...(out.isCut ? (['stdout'] as const) : []), ...(err.isCut ? (['stderr'] as const) : [])];
  return { output: all.text, stdout: out.text, stderr: err.text, cut };
}
