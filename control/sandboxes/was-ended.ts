import type { ContainerFacts, Runtime } from '../runtimes/runtime.ts';

/** What is looked through of the last output: others may have had something to say at the same moment. */
const lastLines = 50;
/** Said by init, the container's first process, of an entrypoint that ended by itself with a code like that of a signal. */
const ownEnd = /init: entrypoint: ended by itself with (signal|code) \d+$/m;

/**
 * True for a container that was ended from outside: with the engine, with the machine, or by whoever has told it to end. Its exit code is above 128
 * then, and init has said nothing of it: agent/init/PROTOCOL.md. @throws ApiError when that can't be known now
 */
export async function wasEnded(
  runtime: Pick<Runtime, 'logs'>,
  { id, exitCode, startedAt }: ContainerFacts,
): Promise<boolean> {
  if (exitCode !== undefined && exitCode <= 128) return false;
  const { text } = await runtime.logs(id, { tail: lastLines, ...(startedAt && { since: new Date(startedAt) }) });
  return !ownEnd.test(text);
}
