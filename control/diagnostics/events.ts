import type { SandboxEvent } from '../sandboxes/events.ts';

/** Events as lines of text, each with its time, what it is about and what happened. */
export function eventLines(events: SandboxEvent[]): string {
  return events.map((event) => `${line(event)}\n`).join('');
}

function line({ at, scope, kind, message, times }: SandboxEvent): string {
  const often = times > 1 ? ` (${times} times)` : '';
  // What a runtime says may have several lines.
  return `${new Date(at).toISOString()} ${scope} ${kind} ${message.replace(/\s*\n\s*/g, ' | ')}${often}`;
}
