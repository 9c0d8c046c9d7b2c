/** One thing that is wrong with the configuration. */
export interface Problem {
  /** The settings, flags or variables concerned, and where each value came from. */
  about: readonly { name: string; source?: string }[];
  /** What was expected and what was found. */
  message: string;
}

/** All that is wrong with the configuration, at once. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super([`the configuration has ${count}:`, ...problems.map((problem) => `  ${render(problem)}`)].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `server.port (CUBBY_SERVER_PORT): expected …, found …` */
export function render({ about, message }: Problem): string {
  const subjects = about.map(({ name, source }) => (source ? `${plain(name)} (${plain(source)})` : plain(name)));
  return `${subjects.join(', ')}: ${message}`;
}

/** A name that somebody else chose, without what could write over the terminal. */
function plain(name: string): string {
  const text = name.replace(/\p{C}/gu, '\ufffd');
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** A value as it may appear in a message: on one line, and not too much of it. */
export function show(value: unknown): string {
  const text = typeof value === 'string' || Array.isArray(value) ? JSON.stringify(value) : describe(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function describe(value: unknown): string {
  if (value instanceof Date) return `the date ${value.toISOString()}`;
  return typeof value === 'object' && value !== null ? 'a table' : String(value);
}
