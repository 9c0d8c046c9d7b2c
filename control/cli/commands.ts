import { closest, didYouMean } from '../config/suggest.ts';
import type { Command } from './command.ts';
import { overview, usage } from './help.ts';
import { initConfig } from './init-config.ts';
import { mcp } from './mcp.ts';
import { recover } from './recover.ts';
import { start } from './start.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';
import { workspaces } from './workspaces/workspaces.ts';

const help: Command = {
  name: 'help',
  synopsis: '[COMMAND]',
  summary: 'list the commands, or explain one',
  async run(words, { out }) {
    const [name] = words;
    out(name === undefined ? overview(commands) : usage(meantBy(words).command));
    return 0;
  },
};

/** All there are, in the order in which help lists them. */
export const commands: readonly Command[] = [start, initConfig, workspaces, recover, mcp, help, version];

/** The command that the first words name, and what stands behind them. @throws UsageError that suggests one which exists */
export function meantBy([name = '', ...args]: readonly string[]): { command: Command; args: string[] } {
  const command = find(name, commands);
  const [next] = args;
  if (!command.commands || next === undefined || next.startsWith('-')) return { command, args };
  return { command: find(`${name} ${next}`, command.commands), args: args.slice(1) };
}

function find(name: string, among: readonly Command[]): Command {
  const command = among.find((candidate) => candidate.name === name);
  if (command) return command;
  const names = among.map((candidate) => candidate.name);
  const suggestion = didYouMean(closest(name, names));
  throw new UsageError(
    `there is no command ${JSON.stringify(name.slice(0, 80))}${suggestion || `; there are ${names.join(', ')}`}`,
  );
}
