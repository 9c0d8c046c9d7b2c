import type { TerminalResult } from '../../shared/api/lobehub.ts';

/** Bytes kept of each stream: what comes later is cut. */
export const mostOutputBytes = 1024 * 1024;

/** The beginning of what a command puts out, in two streams. */
export class Output {
  #stdout = new Beginning();
  #stderr = new Beginning();

  add(stream: 'stdout' | 'stderr', text: string): void {
    (stream === 'stdout' ? this.#stdout : this.#stderr).add(text);
  }

  /** It is told from the start again. */
  clear(): void {
    this.#stdout = new Beginning();
    this.#stderr = new Beginning();
  }

  /** So many bytes of each stream were not told. */
  cut(bytes: { stdout: number; stderr: number } | undefined): void {
    this.#stdout.isCut ||= (bytes?.stdout ?? 0) > 0;
    this.#stderr.isCut ||= (bytes?.stderr ?? 0) > 0;
  }

  /** Something was given up before it was read; nobody knows of which stream. */
  miss(): void {
    this.#stdout.isCut = true;
    this.#stderr.isCut = true;
  }

  /** Says something to whoever reads stderr, whatever there was already. */
  note(text: string): void {
    this.#stderr.note(text);
  }

  shown(): Pick<TerminalResult, 'stdout' | 'stderr' | 'stdout_truncated' | 'stderr_truncated'> {
    return {
      stdout: this.#stdout.text,
      stderr: this.#stderr.text,
      stdout_truncated: this.#stdout.isCut,
      stderr_truncated: this.#stderr.isCut,
    };
  }
}

class Beginning {
  readonly #parts: string[] = [];
  #bytes = 0;
  isCut = false;

  get text(): string {
    return this.#parts.join('');
  }

  add(text: string): void {
    if (this.isCut || text === '') return;
    const bytes = Buffer.from(text);
    const room = mostOutputBytes - this.#bytes;
    if (bytes.length <= room) {
      this.#parts.push(text);
      this.#bytes += bytes.length;
      return;
    }
    this.isCut = true;
    // A character that is cut in two is left out.
    this.#parts.push(new TextDecoder().decode(bytes.subarray(0, room), { stream: true }));
  }

  note(text: string): void {
    const isLineOpen = this.#parts.length > 0 && !this.#parts.at(-1)!.endsWith('\n');
    this.#parts.push(isLineOpen ? `\n${text}\n` : `${text}\n`);
  }
}
