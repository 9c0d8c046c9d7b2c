import { terminalSignals } from '../../shared/api/terminals.ts';
import type { AckWindow } from './ack-window.ts';
import type { Client } from './client.ts';
import { type ClientMessage, InvalidFrame } from './messages.ts';
import type { Run } from './run.ts';

/** Does what a client says. Resolves when it may say more: while its program doesn't read, much typed text has to wait. @throws InvalidFrame */
export async function obey(
  message: ClientMessage,
  { run, client, window, isViewer }: { run: Run; client: Client; window: AckWindow | undefined; isViewer: boolean },
): Promise<void> {
  if (message.type === 'ping') return client.tell({ type: 'pong' });
  if (message.type === 'ack') {
    if (window && !window.acknowledge(message.offset)) throw new InvalidFrame('offset: so much was never sent');
    return;
  }
  if (isViewer) return client.complain('READ_ONLY', 'Viewers only look on.');
  switch (message.type) {
    case 'stdin':
      if (run.input.write(message.data)) return run.input.room();
      if (run.isRunning) await client.complain('STDIN_WRITE_FAILED', 'The program has closed its input.');
      return;
    case 'signal':
      return run.process.signal(terminalSignals[message.signal]);
    case 'resize':
      return run.process.resize(message);
  }
}
