import { LeftOut, type MimeBundle, type Shown } from '../kernels/output.ts';

/** What is told of something shown. */
export interface ToldBundle {
  results: Record<string, string>;
  metadata?: Record<string, unknown>;
}

/**
 * Something shown, as OpenSandbox's clients want it: `text/plain` is named `text`, and every value is a string (Go's reads nothing
 * else). Half characters become U+FFFD: Python's clients take an event that has one for unreadable. Forms that are too large are
 * missing, and `text` says so.
 */
export function toldBundle({ data, metadata }: Shown): ToldBundle {
  const told = Object.keys(metadata).length > 0 ? json(metadata) : undefined;
  return { results: mimeBundle(data), ...(told !== undefined && { metadata: JSON.parse(told) }) };
}

function mimeBundle(data: MimeBundle): Record<string, string> {
  const results: Record<string, string> = {};
  const notes: string[] = [];
  for (const [type, value] of Object.entries(data)) {
    if (value instanceof LeftOut) notes.push(`[${type} left out: ${value.bytes} bytes, too large for one output]`);
    else results[type === 'text/plain' ? 'text' : type] = asText(type, value);
  }
  if (notes.length > 0) results.text = [...(results.text ? [results.text] : []), ...notes].join('\n');
  return results;
}

function asText(type: string, value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  // Notebooks keep text as a list of lines, and some libraries display it so.
  const isLines = Array.isArray(value) && !type.endsWith('json') && value.every((line) => typeof line === 'string');
  return isLines ? value.join('').toWellFormed() : (json(value) ?? `[${type} that is nested too deep]`);
}

/** Undefined for what is nested too deep to be written. */
function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, wellFormed);
  } catch {
    return undefined;
  }
}

function wellFormed(_: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), item]));
}
