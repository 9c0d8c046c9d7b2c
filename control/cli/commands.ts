import { closest, didYouMean } from '../config/suggest.ts';
import type { Command } from './command.ts';
import { overview, usage } from './help.ts';
import { initConfig } from './init-config.ts';
import { mcp } from './mcp.ts';
import { recover } from './recover.ts';
import { start } from './start.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

const help: Command = {
  name: 'help',
  synopsis: '[COMMAND]',
  summary: 'list the commands, or explain one',
  async run([name], { out }) {
    out(name === undefined ? overview(commands) : usage(findCommand(name)));
    return 0;
  },
};

/** All there are, in the order in which help lists them. */
export const commands: readonly Command[] = [start, initConfig, recover, mcp, help, version];

/** @throws UsageError that suggests a command which exists */
export function findCommand(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command) return command;
  const names = commands.map((candidate) => candidate.name);
  const suggestion = didYouMean(closest(name, names));
  throw new UsageError(
    `there is no command ${JSON.stringify(name.slice(0, 80))}${suggestion || `; there are ${names.join(', ')}`}`,
  );
}
