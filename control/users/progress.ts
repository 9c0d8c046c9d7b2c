/** Between two pictures of the bar. */
const barMs = 100;
/** Between two plain lines. */
const lineMs = 10_000;

export interface ProgressOptions {
  write(text: string): void;
  /** How wide the terminal is now; undefined: nobody looks at one, and lines are written now and then. */
  columns(): number | undefined;
  now?: () => number;
}

/** How far something is. */
export interface Step {
  /** As `provisioning`. */
  what: string;
  done: number;
  /** Undefined: nobody knows. */
  total?: number;
}

/** Tells people how far it is: a line that is written over in a terminal, a new line every ten seconds elsewhere. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  #step = { what: '', since: 0, from: 0 };
  #shownAt = 0;
  #isShown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Shows a step, if it is time to. */
  show({ what, done, total }: Step): void {
    const now = this.#now();
    if (what !== this.#step.what) {
      this.#step = { what, since: now, from: done };
      this.#shownAt = now;
    }
    const columns = this.#options.columns();
    const isDone = done === total;
    if (now - this.#shownAt < (columns === undefined ? lineMs : barMs) && !(isDone && columns !== undefined)) return;
    this.#shownAt = now;
    const seconds = (now - this.#step.since) / 1000;
    const rate = seconds > 0 ? (done - this.#step.from) / seconds : 0;
    const words = [`${what}: ${number(done)}${total === undefined ? '' : ` of ${number(total)}`}`];
    if (rate > 0) words.push(`${rate < 10 ? rate.toFixed(1) : number(Math.round(rate))}/s`);
    if (rate > 0 && total !== undefined && !isDone) words.push(`${duration((total - done) / rate)} left`);
    const text = words.join('  ');
    if (columns === undefined) this.#options.write(`${text}\n`);
    else this.#draw(total ? `${barOf(done / total)}  ${text}` : text, columns);
  }

  /** Writes a line above the bar. */
  line(text: string): void {
    this.#clear();
    this.#options.write(`${text}\n`);
  }

  /** Takes the bar away: what comes next is no progress. */
  end(): void {
    this.#clear();
    this.#step = { what: '', since: 0, from: 0 };
  }

  #draw(text: string, columns: number): void {
    // A line that is as wide as the terminal goes on in the next one, which is never written over.
    this.#options.write(`\r${text.slice(0, Math.max(1, columns - 1))}\x1b[K`);
    this.#isShown = true;
  }

  #clear(): void {
    if (this.#isShown) this.#options.write('\r\x1b[K');
    this.#isShown = false;
  }
}

/** A whole number with a comma in each thousand. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

function barOf(share: number): string {
  const width = 20;
  const full = Math.floor(Math.min(share, 1) * width);
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
