import type { MimeBundle, Shown } from '../kernels/output.ts';

/** What is told of something shown. */
export interface ToldBundle {
  results: Record<string, string>;
  metadata?: Record<string, unknown>;
}

/**
 * Something shown, as OpenSandbox's clients want it: `text/plain` is named `text`, and every value is a string (Go's reads nothing
 * else). Half characters become U+FFFD, which Python's clients would take the whole event for unreadable for.
 */
export function toldBundle({ data, metadata }: Shown): ToldBundle {
  const told = Object.keys(metadata).length > 0 ? json(metadata) : undefined;
  return { results: mimeBundle(data), ...(told !== undefined && { metadata: JSON.parse(told) }) };
}

function mimeBundle(data: MimeBundle): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([type, value]) => [type === 'text/plain' ? 'text' : type, asText(type, value)]),
  );
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
