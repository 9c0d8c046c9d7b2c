import { ConfigError } from '../config/problem.ts';
import { realSurroundings } from '../config/surroundings.ts';
import { commands, meantBy } from './commands.ts';
import type { Edge } from './edge.ts';
import { overview, usage } from './help.ts';
import { realTerminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** What people type for help and version in other programs. */
const aliases: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-V': 'version',
};

/**
 * Runs one command and gives the exit code: 0 done, 1 could not be done, 2 the command line or the configuration is wrong.
 * @param argv what stands after the program's name
 * @param edge what the commands do, and whatever a test replaces of the process
 */
export async function main(
  argv: readonly string[],
  edge: Pick<Edge, 'start' | 'findStores' | 'removeStore'> & Partial<Edge>,
): Promise<number> {
  const whole: Edge = {
    surroundings: realSurroundings(),
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    terminal: realTerminal(),
    ...edge,
  };
  const [word, ...rest] = argv;
  if (word === undefined) {
    whole.err(overview(commands));
    return 2;
  }
  try {
    const { command, args } = meantBy([Object.hasOwn(aliases, word) ? aliases[word]! : word, ...rest]);
    if (args.includes('--help') || args.includes('-h')) {
      whole.out(usage(command));
      return 0;
    }
    return await command.run(args, whole);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof UsageError)) throw error;
    whole.err(`cubby: ${error.message}\n`);
    return 2;
  }
}
