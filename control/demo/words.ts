const colours = process.stdout.isTTY && !process.env.NO_COLOR;

export const bold = (text: string) => (colours ? `\x1b[1m${text}\x1b[0m` : text);
export const gray = (text: string) => (colours ? `\x1b[90m${text}\x1b[0m` : text);

/** Says what comes next, and how long it took when it is done. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`\n${bold(title)}\n`);
  const started = performance.now();
  const result = await work();
  process.stdout.write(gray(`  ${Math.round(performance.now() - started)} ms\n`));
  return result;
}

/** One line of what a step found. */
export function show(text: string): void {
  process.stdout.write(`  ${text}\n`);
}
