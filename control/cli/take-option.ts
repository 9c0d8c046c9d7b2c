import { UsageError } from './usage-error.ts';

/** Takes one option of a command's own out of a command line: the rest are flags of the configuration. @throws UsageError */
export function takeOption(args: readonly string[], name: string): { value: string | undefined; rest: string[] } {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at === -1) return { value: undefined, rest: [...args] };
  const inOne = args[at]!.slice(name.length + 1);
  const value = args[at] === name ? args[at + 1] : inOne;
  if (!value) throw new UsageError(`${name}: expected a value`);
  return { value, rest: args.toSpliced(at, args[at] === name ? 2 : 1) };
}
