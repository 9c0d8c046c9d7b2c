import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KernelMessage } from '@jupyterlab/services';

/** Any message, whatever its type: the fields that matter are read with care where they are used. */
export type Message = KernelMessage.IMessage;
export type Channel = KernelMessage.Channel;

/** A kernel's messages in and out, in order per channel, however they travel. */
export interface MessageChannels {
  /** Gets every message that came; replaced as the kernel's life goes on. */
  listener: (message: Message) => void;
  send(message: Message): void;
}

/** Separates what routes a message from the message. */
const delimiter = Buffer.from('<IDS|MSG>');

/** A message as frames for the sockets of a kernel, signed with the key of its connection file. */
export function encode(message: Message, key: string): Buffer[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) =>
    Buffer.from(JSON.stringify(part)),
  );
  const buffers = (message.buffers ?? []).map((buffer) =>
    ArrayBuffer.isView(buffer)
      ? Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : Buffer.from(buffer as ArrayBuffer),
  );
  return [delimiter, Buffer.from(sign(parts, key)), ...parts, ...buffers];
}

/** The message in frames that came from a kernel. @throws Error when they are no message, or not signed with the key */
export function decode(frames: Buffer[], channel: Channel, key: string): Message {
  const start = frames.findIndex((frame) => frame.equals(delimiter));
  const [signature, ...parts] = frames.slice(start + 1, start + 6);
  if (start < 0 || signature === undefined || parts.length < 4) throw new Error('not a Jupyter message');
  const expected = Buffer.from(sign(parts, key));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
    throw new Error('a Jupyter message with a wrong signature');
  const [header, parentHeader, metadata, content] = parts.map((part) => JSON.parse(part.toString()));
  // A message without a parent has {} there.
  return {
    channel,
    header,
    parent_header: parentHeader,
    metadata,
    content,
    buffers: frames.slice(start + 6) as unknown as ArrayBufferView[],
  } as Message;
}

function sign(parts: Buffer[], key: string): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}
