import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KernelMessage } from '@jupyterlab/services';
import { largeContents } from './large-contents.ts';

/** Any message, whatever its type: the fields that matter are read with care where they are used. */
export type Message = KernelMessage.IMessage;
export type Channel = KernelMessage.Channel;

/** A kernel's messages in and out, in order per channel, however they travel. */
export interface MessageChannels {
  /** Gets every message that came; replaced as the kernel's life goes on. */
  listener: (message: Message) => void;
  send(message: Message): void;
}

/** What is larger is not read as a whole. */
const largeBytes = 1024 * 1024;
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

/**
 * The message in frames that came from a kernel, as several where it is too large for one.
 * @throws Error when they are no message, or not signed with the key
 */
export function decode(frames: Buffer[], channel: Channel, key: string): Iterable<Message> {
  const start = frames.findIndex((frame) => frame.equals(delimiter));
  const [signature, ...parts] = frames.slice(start + 1, start + 6);
  const [header, parentHeader, metadata, content] = parts;
  if (start < 0 || !signature || !header || !parentHeader || !metadata || !content)
    throw new Error('not a Jupyter message');
  const expected = Buffer.from(sign(parts, key));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
    throw new Error('a Jupyter message with a wrong signature');
  const rest = {
    channel,
    header: parse(header),
    // A message without a parent has {} there.
    parent_header: parse(parentHeader),
    metadata: parse(metadata),
    buffers: frames.slice(start + 6) as unknown as ArrayBufferView[],
  } as Omit<Message, 'content'>;
  if (content.length <= largeBytes) return [{ ...rest, content: parse(content) as Message['content'] }];
  return largeMessages(rest, content);
}

function* largeMessages(rest: Omit<Message, 'content'>, json: Buffer): Generator<Message> {
  for (const content of largeContents(rest.header.msg_type, json))
    yield { ...rest, content: content as unknown as Message['content'] };
}

function parse(part: Buffer): unknown {
  return JSON.parse(part.toString());
}

function sign(parts: Buffer[], key: string): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}
