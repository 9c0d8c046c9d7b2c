import { randomUUID } from 'node:crypto';
import type { Channel, Message, MessageChannels } from './wire.ts';

/** A subscription takes effect some time after the socket connected: asked again soon, so that a start is not kept waiting. */
const againMs = 5;
/** Should a request have been lost altogether. */
const lostMs = 500;

/**
 * Asks a kernel who it is until it has answered and something came on iopub too. Before that, a cell's output could be
 * published while nobody is subscribed yet (the "slow joiner" of https://zguide.zeromq.org/docs/chapter5/).
 * @throws the signal's reason
 */
export async function nudge(
  channels: MessageChannels,
  channel: 'shell' | 'control',
  signal: AbortSignal,
): Promise<void> {
  const session = randomUUID();
  const heard = Promise.withResolvers<void>();
  let answered = false;
  let subscribed = false;
  let soon: NodeJS.Timeout | undefined;
  const ask = () => channels.send(kernelInfoRequest(channel, session));
  channels.listener = (message) => {
    if (message.channel === 'iopub') subscribed = true;
    if (message.channel === channel) {
      answered = true;
      if (!subscribed) soon = setTimeout(ask, againMs);
    }
    if (answered && subscribed) heard.resolve();
  };
  const onAbort = () => heard.reject(signal.reason);
  const lost = setInterval(ask, lostMs);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    ask();
    await heard.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(lost);
    clearTimeout(soon);
    channels.listener = () => {};
  }
}

/** Asks a kernel who it is, in the name of a client. */
export function kernelInfoRequest(channel: Channel, session: string): Message {
  return {
    channel,
    header: {
      msg_id: randomUUID(),
      msg_type: 'kernel_info_request',
      session,
      username: '',
      date: new Date().toISOString(),
      version: '5.3',
    },
    parent_header: {},
    metadata: {},
    content: {},
  };
}
