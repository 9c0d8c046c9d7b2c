/** Why nothing can be done with what was given, or why it can't go on: for a person, in one sentence. */
export class UsersError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsersError';
  }
}

/** A text that somebody else wrote as it may appear in a message: on one line, short, and without what could write over a terminal. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  const short = text.length > 100 ? `${text.slice(0, 99)}…` : text;
  return short.replace(/\p{C}/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);
}
