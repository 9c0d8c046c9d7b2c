import { ApiError } from '../../../shared/api/errors.ts';
import type { Engine } from './engine.ts';
import { payloads } from './log-frames.ts';
import { isRefusal } from './refusal.ts';

interface Execution {
  container: string;
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Both streams as they come, in whatever parts. */
  say(text: string): void;
  signal: AbortSignal;
}

/** What a shell would end with where there is no such program. */
const notFound = 127;

/** Runs one command in a running container, as root, and returns its exit code. The signal ends the waiting, not the command. */
export async function execute(engine: Engine, { container, command, env, say, signal }: Execution): Promise<number> {
  const post = { what: 'run a command', method: 'POST' as const };
  const { Id } = await engine.ask<{ Id: string }>({
    ...post,
    path: `/containers/${container}/exec`,
    body: {
      AttachStdout: true,
      AttachStderr: true,
      User: '0:0',
      WorkingDir: '/',
      Cmd: command,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    },
    signal,
  });
  try {
    const request = { ...post, path: `/exec/${Id}/start`, body: { Detach: false, Tty: false }, signal };
    const output = await engine.open(request);
    const stop = () => output.destroy();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const decoder = new TextDecoder();
      for await (const part of payloads(output)) say(decoder.decode(part, { stream: true }));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  } catch (error) {
    signal.throwIfAborted();
    // The engine's word where there is no such program.
    if (isRefusal(error, 400)) {
      say(`${error.message}\n`);
      return notFound;
    }
    throw error;
  }
  signal.throwIfAborted();
  const end = await engine.ask<{ ExitCode: number | null; Running: boolean }>({
    what: 'look at a command',
    path: `/exec/${Id}/json`,
    signal,
  });
  if (end.Running || end.ExitCode === null) {
    throw new ApiError('ENGINE_UNAVAILABLE', `the engine stopped telling what ${command[0]} says`);
  }
  return end.ExitCode;
}
