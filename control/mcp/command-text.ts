interface OutputFile {
  path: string;
  size: number;
  truncated: boolean;
}

/** What is known of a command, or of a run of code. */
export interface CommandState {
  output: string;
  commandId?: string | undefined;
  running?: boolean | undefined;
  exitCode?: number | undefined;
  error?: string | undefined;
  outputFiles?: { stdout?: OutputFile | undefined; stderr?: OutputFile | undefined } | undefined;
}

/** A command's output as a terminal shows it, and below it what became of the command. */
export function commandText({ output, ...state }: CommandState): string {
  return [output.replace(/\n$/, ''), ...stateLines(state).map((line) => `[${line}]`)].filter(Boolean).join('\n');
}

function stateLines({ commandId, running, exitCode, error, outputFiles = {} }: Omit<CommandState, 'output'>): string[] {
  const files = Object.entries(outputFiles).map(
    ([stream, file]) => `${stream}: ${file.size} bytes, ${file.truncated ? 'the newest' : 'all'} of it in ${file.path}`,
  );
  const lines = [...files];
  if (running)
    lines.push(commandId === undefined ? 'it runs still' : `it runs in the background: commandId ${commandId}`);
  if (error !== undefined) lines.push(error);
  if (exitCode !== undefined) lines.push(`exit code ${exitCode}`);
  return lines;
}
