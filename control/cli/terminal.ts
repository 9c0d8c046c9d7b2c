import { createInterface } from 'node:readline/promises';

/** What a command asks of people, and shows them on its way. */
export interface Terminal {
  /** How wide the one is that messages go to; undefined: they go to none. */
  columns(): number | undefined;
  /** What somebody types after a question; undefined: nobody is there to answer. */
  ask(question: string): Promise<string | undefined>;
  /** Standard input as it comes. */
  input(): AsyncIterable<Uint8Array>;
}

/** That of this process. */
export function realTerminal(): Terminal {
  const { stdin, stderr } = process;
  return {
    // One that a program holds may say that it is 0 wide.
    columns: () => (stderr.isTTY ? stderr.columns || 80 : undefined),
    async ask(question) {
      if (!stdin.isTTY || !stderr.isTTY) return undefined;
      const lines = createInterface({ input: stdin, output: stderr });
      const closed = Promise.withResolvers<undefined>();
      lines.once('close', () => closed.resolve(undefined));
      try {
        return await Promise.race([lines.question(question), closed.promise]);
      } finally {
        lines.close();
      }
    },
    input: () => stdin,
  };
}
