import type { StreamEvent } from '../../shared/api/events.ts';
import type { CellError, Output } from '../kernels/output.ts';
import { toldBundle } from './bundles.ts';

/** Longer text is sent in parts: OpenSandbox's Go client reads lines of at most 4 MiB, and a character can take six bytes. */
const maxTextLength = 512 * 1024;
/** Of what an error says, and of its traceback. */
const maxErrorLength = 256 * 1024;

/** An event that is stamped when it is told. */
export type Untimed = Omit<StreamEvent, 'timestamp'>;

/** The events that tell an output. */
export function outputEvents(output: Output): Untimed[] {
  switch (output.type) {
    case 'stream':
      return inParts(output.text.toWellFormed()).map((text) => ({ type: output.name, text }));
    case 'result':
      return [{ type: 'result', ...toldBundle(output), is_main_result: true }];
    case 'display': {
      const { displayId, isUpdate } = output;
      return [
        {
          type: 'result',
          ...toldBundle(output),
          ...(displayId !== undefined && { display_id: displayId }),
          ...(isUpdate && { update: true }),
        },
      ];
    }
    case 'missed':
      return [{ type: 'missed', missed: { bytes: output.bytes } }];
    case 'clear':
      return [{ type: 'clear_output', clear_output: { wait: output.wait } }];
    case 'error':
      return [errorEvent(output)];
    case 'begun':
      return [];
  }
}

/** How much of a cell's output an event tells, or tells to be missing: bytes of its text, or of its forms and how to show them. */
export function outputBytes({ text, type, results, metadata, missed }: Untimed): number {
  if (missed) return missed.bytes;
  if (type === 'stdout' || type === 'stderr') return Buffer.byteLength(text ?? '');
  const forms = Object.values(results ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return metadata ? forms + Buffer.byteLength(JSON.stringify(metadata)) : forms;
}

/** Tells an error, whoever says it. Clients show the whole of it, and Go's reads lines of at most 4 MiB: what is too long is cut. */
export function errorEvent({ ename, evalue, traceback }: CellError): Untimed {
  return {
    type: 'error',
    error: {
      ename: shortened(ename, 1024),
      evalue: shortened(evalue, maxErrorLength),
      // The end of a traceback says where the error was.
      traceback: lastOf(traceback, maxErrorLength).map((line) => line.toWellFormed()),
    },
  };
}

function shortened(text: string, length: number): string {
  if (text.length <= length) return text.toWellFormed();
  return `${text.slice(0, length).toWellFormed()}… (${text.length - length} characters more)`;
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

/** As many of the last lines as fit, and a word on the others. */
function lastOf(lines: string[], length: number): string[] {
  let left = length;
  let first = lines.length;
  while (first > 0 && lines[first - 1]!.length <= left) left -= lines[--first]!.length + 1;
  if (first === 0) return lines;
  const cut = lines.slice(0, first).reduce((sum, line) => sum + line.length, 0);
  return [`(${first} parts of the traceback with ${cut} characters left out)`, ...lines.slice(first)];
}
