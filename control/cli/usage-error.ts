/** A command that can't be understood or must not be done as it was given: its message is all that is printed. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
