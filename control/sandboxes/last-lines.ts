/** The end of a text whose lines begin with their times: `tail` lines at most, none of them from before `since`. */
export function lastLines(text: string, { tail, since }: { tail: number; since?: Date | undefined }): string {
  const lines = text.split('\n');
  // A text that ends with a line end has an empty piece behind it.
  const rest = lines.at(-1) === '' ? lines.pop() : undefined;
  const recent = since === undefined ? lines : lines.slice(firstSince(lines, since));
  const kept = recent.slice(Math.max(0, recent.length - tail));
  return kept.length === 0 ? '' : kept.join('\n') + (rest === undefined ? '' : '\n');
}

/** Lines come in the order of time; what has no time of its own belongs to the line before it. */
function firstSince(lines: string[], since: Date): number {
  const found = lines.findIndex((line) => Date.parse(line.slice(0, line.indexOf(' '))) >= since.getTime());
  return found < 0 ? lines.length : found;
}
