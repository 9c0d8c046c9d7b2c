import { type JSONRPCMessage, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1];

/** The SDK's way to a server by HTTP, where a request whose answer will not come any more is answered all the same: with an error. */
export class AnsweringTransport extends StreamableHTTPClientTransport {
  override send(message: JSONRPCMessage | JSONRPCMessage[], options: SendOptions = {}): Promise<void> {
    const onRequestStreamEnd = () => {
      options.onRequestStreamEnd?.();
      if (Array.isArray(message) || !('method' in message && 'id' in message)) return;
      // One that was answered already is known no longer, and this is left aside.
      this.onmessage?.({ jsonrpc: '2.0', id: message.id, error: { code: -32000, message: 'the connection was lost' } });
    };
    return super.send(message, { ...options, onRequestStreamEnd });
  }
}
