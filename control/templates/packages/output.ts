/** Longer lines are cut: they are for people. */
const longestLine = 2000;

/** Cuts text that comes in any parts into lines. */
export class Output {
  #rest = '';

  /** The lines that this completes. */
  add(text: string): string[] {
    const lines = (this.#rest + text).split(/\r?\n|\r(?=.)/s);
    this.#rest = (lines.pop() ?? '').slice(0, longestLine + 1);
    return lines.map(shortened);
  }

  /** What is left without an end of its line. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [shortened(rest)];
  }
}

function shortened(line: string): string {
  const text = line.replace(/\r$/, '');
  return text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
}
