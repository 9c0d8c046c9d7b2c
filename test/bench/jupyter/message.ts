/** A message between a kernel and its client: https://jupyter-client.readthedocs.io/en/stable/messaging.html */
export interface Message {
  channel: string;
  header: { msg_id: string; msg_type: string };
  parent: { msg_id?: string };
  content: Record<string, unknown>;
}

/**
 * Asked for when connecting: the parts of a message as they are, which costs the server less than the older way, where it
 * makes one JSON of them. https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
 */
export const subprotocol = 'v1.kernel.websocket.jupyter.org';

/** A message as one of WebSocket's: how many places, the places, and what begins at each. */
export function encode({ channel, header, parent, content }: Message): Buffer {
  const parts = [channel, ...[header, parent, {}, content].map((part) => JSON.stringify(part))].map((part) =>
    Buffer.from(part),
  );
  const head = Buffer.alloc(8 * (parts.length + 2));
  head.writeBigUInt64LE(BigInt(parts.length + 1));
  let place = head.length;
  for (const [index, part] of parts.entries()) {
    head.writeBigUInt64LE(BigInt(place), 8 * (index + 1));
    place += part.length;
  }
  head.writeBigUInt64LE(BigInt(place), 8 * (parts.length + 1));
  return Buffer.concat([head, ...parts]);
}

/** What `encode` made, or the server. */
export function decode(data: Buffer): Message {
  const place = (index: number) => Number(data.readBigUInt64LE(8 * (index + 1)));
  const part = (index: number) => data.toString('utf8', place(index), place(index + 1));
  return { channel: part(0), header: JSON.parse(part(1)), parent: JSON.parse(part(2)), content: JSON.parse(part(4)) };
}
