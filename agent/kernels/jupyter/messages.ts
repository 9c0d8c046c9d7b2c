import type { CellError, Output, Shown } from '../output.ts';
import type { Message } from './wire.ts';

/** What one message on iopub means to the reader of a cell; undefined for those that are between the kernel and us. */
export function outputOf(message: Message): Output | undefined {
  const content = message.content as Record<string, unknown>;
  // The library lets only messages through that have the fields of their type.
  switch (message.header.msg_type as string) {
    case 'execute_input':
      return { type: 'begun', count: countIn(content) };
    case 'stream':
      return { type: 'stream', name: content.name === 'stderr' ? 'stderr' : 'stdout', text: String(content.text) };
    case 'execute_result':
      return { type: 'result', count: countIn(content), ...shownIn(content) };
    case 'display_data':
      return { type: 'display', ...shownIn(content), displayId: displayIdIn(content), isUpdate: false };
    case 'update_display_data':
      return { type: 'display', ...shownIn(content), displayId: displayIdIn(content), isUpdate: true };
    case 'clear_output':
      return { type: 'clear', wait: content.wait === true };
    case 'error':
      return { type: 'error', ...errorOf(content) };
    default:
      return undefined;
  }
}

/** The error in a message or reply, whatever of it is there. */
export function errorOf(content: Record<string, unknown>): CellError {
  return {
    ename: String(content.ename ?? 'Error'),
    evalue: String(content.evalue ?? ''),
    traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
  };
}

/** The number of a cell in a message or reply. */
export function countIn(content: Record<string, unknown>): number | undefined {
  const count = content.execution_count;
  return Number.isSafeInteger(count) ? (count as number) : undefined;
}

/** Moved there on the way (jupyterlab.ts). */
function displayIdIn(content: Record<string, unknown>): string | undefined {
  return typeof content.display_id === 'string' ? content.display_id : undefined;
}

function shownIn({ data, metadata }: Record<string, unknown>): Shown {
  return { data: objectOr(data), metadata: objectOr(metadata) };
}

function objectOr(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
