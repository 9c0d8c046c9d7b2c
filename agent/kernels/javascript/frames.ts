import { createHmac, timingSafeEqual } from 'node:crypto';

/** A message of Jupyter's protocol, as a kernel sees it. */
export interface Message {
  header: { msg_id: string; msg_type: string };
  parent_header: object;
  content: Record<string, unknown>;
}

const delimiter = Buffer.from('<IDS|MSG>');

/** A message as the frames of one of ZeroMQ's, signed with the key of the connection file. */
export function toFrames({ header, parent_header: parent, content }: Message, key: string): Buffer[] {
  const parts = [header, parent, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
  return [delimiter, Buffer.from(sign(parts, key)), ...parts];
}

/** The message in frames; undefined when they are none, or not signed with the key. */
export function fromFrames(frames: Buffer[], key: string): Message | undefined {
  const start = frames.findIndex((frame) => frame.equals(delimiter));
  const [signature, ...parts] = frames.slice(start + 1, start + 6);
  if (start < 0 || signature === undefined || parts.length < 4) return undefined;
  const expected = Buffer.from(sign(parts, key));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
  const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()));
  return { header, parent_header: parent, content };
}

function sign(parts: Buffer[], key: string): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}
