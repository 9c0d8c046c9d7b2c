/** A kernelspec that starts ipykernel: the words that start the interpreter, and those that are ipykernel's. */
export interface Ipykernel {
  interpreter: string[];
  args: string[];
}

/** Where our programs in `python/` can take the place of ipykernel's own; undefined for any other kernel. */
export function ipykernelIn(argv: string[]): Ipykernel | undefined {
  const at = argv.findIndex((word, index) => word === '-m' && /^ipykernel(_launcher)?$/.test(argv[index + 1] ?? ''));
  return at < 0 ? undefined : { interpreter: argv.slice(0, at), args: argv.slice(at + 2) };
}
