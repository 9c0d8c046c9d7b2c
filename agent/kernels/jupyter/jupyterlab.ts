import { type Kernel, KernelConnection, type KernelMessage, ServerConnection } from '@jupyterlab/services';
import { EndGuard } from './end-guard.ts';
import type { Message, MessageChannels } from './wire.ts';

// The library executes the file that this names.
delete process.env.JUPYTER_CONFIG_DATA;
// It reports every connection so, and the agent's output is the engine's log.
console.debug = () => {};

/** Never connected to: it is only needed to make an address of. */
const nowhere = 'kernel.invalid';

/** Turns messages into what the WebSocket of a Jupyter server carries, and back. */
export const serializer: ServerConnection.ISettings['serializer'] = ServerConnection.makeSettings({
  baseUrl: `http://${nowhere}/`,
  token: '',
}).serializer;

/** What a kernel lets the library do to it. */
export interface KernelControl {
  interrupt(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Puts @jupyterlab/services on a kernel's channels, in place of a Jupyter server: its WebSocket is the channels, its
 * messages stay objects, and what it would ask the server's API is asked of `control`.
 */
export function connectServices(
  id: string,
  name: string,
  channels: MessageChannels,
  control: KernelControl,
): KernelConnection {
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: `http://${nowhere}/`,
    wsUrl: `ws://${nowhere}/`,
    token: '',
    WebSocket: webSocketOver(channels),
    serializer: {
      serialize: (message) => message as unknown as ArrayBuffer,
      deserialize: (data) => data as unknown as Message,
    },
  });
  const model: Kernel.IModel = { id, name };
  const connection = new Connection({
    model,
    serverSettings,
    // Comms are for widgets; nobody here has any, and an unknown one would be answered with an error.
    handleComms: false,
    kernelAPIClient: {
      serverSettings,
      listRunning: async () => [model],
      getModel: async () => model,
      startNew: async () => model,
      interrupt: () => control.interrupt(),
      shutdown: () => control.shutdown(),
      restart: async () => Promise.reject(new Error('a kernel here is replaced, not restarted')),
    },
  });
  // Rejected when a kernel answers kernel_info with an error, whether or not anybody asks for it.
  connection.info.catch(() => {});
  return connection;
}

/**
 * The library asks for this by itself and drops the promise: one that is rejected would end the agent. For the same reason a
 * connection is never told to reconnect; a new kernel gets a new one.
 */
class Connection extends KernelConnection {
  override async requestKernelInfo(): Promise<KernelMessage.IInfoReplyMsg | undefined> {
    return super.requestKernelInfo().catch(() => undefined);
  }
}

/** A class that does what KernelConnection asks of a WebSocket. */
function webSocketOver(channels: MessageChannels): typeof WebSocket {
  class ChannelSocket {
    onopen: (event: object) => void = () => {};
    onmessage: (event: { data: Message }) => void = () => {};
    onclose: (event: object) => void = () => {};
    onerror: (event: object) => void = () => {};
    binaryType = 'arraybuffer';
    /** None chosen: messages stay as they are. */
    readonly protocol = '';
    readonly #guard = new EndGuard({
      send: (message) => channels.send(message),
      deliver: (message) => this.onmessage({ data: message }),
    });

    constructor() {
      channels.listener = (message) => {
        if (isServerStatus(message)) return;
        if (!this.#guard.received(message)) this.onmessage({ data: keptFromRouting(message) });
      };
      queueMicrotask(() => this.onopen({}));
    }

    send(message: Message): void {
      this.#guard.sent(message);
      channels.send(message);
    }

    close(): void {
      this.#guard.close();
      channels.listener = () => {};
    }
  }
  return ChannelSocket as unknown as typeof WebSocket;
}

/** Only a Jupyter server says these of a kernel: one that says them itself would have its connection given up. */
function isServerStatus({ header, content }: Message): boolean {
  const state = header.msg_type === 'status' && (content as { execution_state?: unknown }).execution_state;
  return state === 'dead' || state === 'restarting' || state === 'autorestarting';
}

/**
 * The library takes an output that is displayed anew to those cells that it knows to have displayed it before, for ever: meant for
 * pages that show all cells. It looks at `transient` for that; moved out of it, an id is left to who reads the cell that runs.
 */
function keptFromRouting(message: Message): Message {
  const content = message.content as { transient?: { display_id?: unknown } };
  if (content.transient?.display_id === undefined) return message;
  const { transient, ...rest } = content;
  return { ...message, content: { ...rest, display_id: transient.display_id } as unknown as Message['content'] };
}
