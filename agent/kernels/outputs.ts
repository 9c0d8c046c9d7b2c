import type { StreamEvent } from '../../shared/api/events.ts';
import type { Message } from './wire.ts';

/** Longer text is sent in parts: OpenSandbox's Go client reads lines of at most 4 MiB, and a character can take six bytes. */
const maxTextLength = 512 * 1024;

/** An event that is stamped when it is told. */
export type Untimed = Omit<StreamEvent, 'timestamp'>;

/** What one message on iopub means to the reader of a cell; nothing for those that are between the kernel and us. */
export function outputEvents(message: Message): Untimed[] {
  const content = message.content as Record<string, unknown>;
  // The library lets only messages through that have the fields of their type.
  switch (message.header.msg_type as string) {
    case 'stream': {
      const type = content.name === 'stderr' ? 'stderr' : 'stdout';
      return inParts(String(content.text)).map((text) => ({ type, text }));
    }
    case 'execute_result':
    case 'display_data':
    case 'update_display_data':
      return [{ type: 'result', results: mimeBundle(content.data) }];
    case 'error':
      return [{ type: 'error', error: errorOutput(content) }];
    default:
      return [];
  }
}

/** The error in a message or reply, whatever of it is there. */
export function errorOutput(content: Record<string, unknown>): { ename: string; evalue: string; traceback: string[] } {
  return {
    ename: String(content.ename ?? 'Error'),
    evalue: String(content.evalue ?? ''),
    traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
  };
}

/** As OpenSandbox's clients want it: `text/plain` is named `text`, and every value is a string (Go's reads nothing else). */
function mimeBundle(data: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([type, value]) => [type === 'text/plain' ? 'text' : type, asText(type, value)]),
  );
}

function asText(type: string, value: unknown): string {
  if (typeof value === 'string') return value;
  // Notebooks keep text as a list of lines, and some libraries display it so.
  const isLines = Array.isArray(value) && !type.endsWith('json') && value.every((line) => typeof line === 'string');
  return isLines ? value.join('') : JSON.stringify(value);
}

/** Never cuts a character of two code units. */
function inParts(text: string): string[] {
  if (text.length <= maxTextLength) return text === '' ? [] : [text];
  const parts = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + maxTextLength);
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
