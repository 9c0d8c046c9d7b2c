import { ApiError } from '../../shared/api/errors.ts';
import type { ConnectTerminalQuery } from '../../shared/api/terminals.ts';
import { ReaderGone } from '../../shared/http/stream.ts';
import { AckWindow } from './ack-window.ts';
import type { Client } from './client.ts';
import { feed } from './feed.ts';
import { replayFrame } from './frames.ts';
import { obey } from './obey.ts';
import { readBack } from './read-back.ts';
import { exitCode, type Run } from './run.ts';
import type { Terminal } from './terminal.ts';

/**
 * Serves a client from its connection to the exit of the shell, or until it goes: what it missed, that it is connected, then
 * output as it comes, while its messages are obeyed. The client is told what goes wrong. @throws what nobody has foreseen, for the log
 */
export async function attach(terminal: Terminal, client: Client, query: ConnectTerminalQuery): Promise<void> {
  try {
    const before = terminal.current;
    const run = query.mode === 'viewer' ? terminal.running : await startedFor(terminal, client, query);
    if (!run) await client.fail('SESSION_GONE', 'The terminal was deleted, or its shell has ended.');
    else if (!client.signal.aborted) await serve(terminal, run, { client, query, isNew: run !== before });
  } catch (error) {
    if (error instanceof ReaderGone || client.signal.aborted) return;
    const isForeseen = error instanceof ApiError;
    const message = isForeseen ? error.message : 'Something went wrong here; the agent’s log has the details.';
    await client.fail(terminal.running ? 'RUNTIME_ERROR' : 'START_FAILED', message);
    if (!isForeseen) throw error;
  }
}

/** The run to attach to, for the one who may type; undefined when the terminal was ended. */
async function startedFor(terminal: Terminal, client: Client, query: ConnectTerminalQuery): Promise<Run | undefined> {
  if (terminal.isEnded) return undefined;
  const before = terminal.take(client);
  if (before) {
    void before.complain('TAKEN_OVER', 'Another client has taken the terminal over.');
    before.close(4001, 'TAKEN_OVER');
  }
  const { cols, rows } = query;
  const size = cols && rows ? { cols, rows } : undefined;
  if (size) terminal.running?.process.resize(size);
  const run = await terminal.run(query.pty === '0' ? 'pipe' : 'pty', size ?? terminal.record.size);
  return terminal.isEnded ? undefined : run;
}

async function serve(
  terminal: Terminal,
  run: Run,
  { client, query, isNew }: { client: Client; query: ConnectTerminalQuery; isNew: boolean },
): Promise<void> {
  const { mode } = run.record;
  const isViewer = query.mode === 'viewer';
  // What a new shell has said already is no history: it comes as the rest does.
  const { offset, bytes, end, ringPosition } = readBack(terminal.history, query.since, isNew ? run : undefined);
  const window = query.ack ? new AckWindow(query.window, end) : undefined;
  if (!isViewer) run.hold(ringPosition);
  client.listen((message) => obey(message, { run, client, window, isViewer }));
  if (bytes.length > 0) await client.send(replayFrame(offset, bytes));
  const role = isViewer ? 'viewer' : 'holder';
  await client.tell({ type: 'connected', session_id: terminal.id, mode, role, offset: end });
  await feed(run, { client, window, isViewer, offset: end, ringPosition });
  const { status } = run.process;
  if (client.signal.aborted || !status) return;
  if (status.reason === 'failed') await client.fail('START_FAILED', status.error);
  else await client.tell({ type: 'exit', exit_code: exitCode(run) });
  if (!isViewer) run.tellNoMore();
  client.close(1000, 'process exited');
}
