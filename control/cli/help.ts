import type { Command } from './command.ts';

/** One line for each command. */
export function overview(commands: readonly Command[]): string {
  return ['usage: cubby COMMAND', '', ...linesOf(commands), '', 'cubby help COMMAND says more.', ''].join('\n');
}

/** What there is to know of one command. */
export function usage({ name, synopsis, summary, details, commands }: Command): string {
  const lines = [`usage: cubby ${name} ${synopsis}`.trimEnd(), '', `${summary[0]?.toUpperCase()}${summary.slice(1)}.`];
  if (commands) lines.push('', ...linesOf(commands), '', `cubby help ${name} … says more.`);
  if (details) lines.push('', details());
  return `${lines.join('\n')}\n`;
}

function linesOf(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
}
