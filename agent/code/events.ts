import type { StreamEvent } from '../../shared/api/events.ts';
import type { MimeBundle, Output } from '../kernels/output.ts';

/** Longer text is sent in parts: OpenSandbox's Go client reads lines of at most 4 MiB, and a character can take six bytes. */
const maxTextLength = 512 * 1024;

/** An event that is stamped when it is told. */
export type Untimed = Omit<StreamEvent, 'timestamp'>;

/** The events that tell an output. */
export function outputEvents(output: Output): Untimed[] {
  switch (output.type) {
    case 'stream':
      return inParts(output.text).map((text) => ({ type: output.name, text }));
    case 'result':
    case 'display':
      return [{ type: 'result', results: mimeBundle(output.data) }];
    case 'error': {
      const { type: _, ...error } = output;
      return [{ type: 'error', error }];
    }
    case 'begun':
    case 'clear':
      return [];
  }
}

/** As OpenSandbox's clients want it: `text/plain` is named `text`, and every value is a string (Go's reads nothing else). */
function mimeBundle(data: MimeBundle): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([type, value]) => [type === 'text/plain' ? 'text' : type, asText(type, value)]),
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
