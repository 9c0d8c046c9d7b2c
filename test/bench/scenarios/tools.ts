import { interleave, timed } from '../rounds.ts';
import type { Scenario } from '../scenario.ts';
import { withWorkspace } from '../workspace.ts';

/** 200 files of 100 lines, in 20 directories, and one of 2000 lines. */
const plant =
  'mkdir -p /tmp/tree && cd /tmp/tree && for d in $(seq 20); do mkdir d$d; for f in $(seq 10); do ' +
  'seq -f "line %g of a file that is searched" 100 >d$d/f$f.txt; done; done; echo needle >>d7/f3.txt; ' +
  'seq -f "line %g of a larger file" 2000 >/tmp/tree/large.txt';

interface Pair {
  name: string;
  remark?: string;
  baseline: string;
  tool: string;
  /** Of the n-th call. */
  parameters: (n: number) => object;
  command: (n: number) => string;
}

/** What models do most, by the tool and by a shell in the same sandbox, both through control. */
const pairs: Pair[] = [
  {
    name: 'tool.read',
    baseline: 'sed -n by /command',
    tool: 'readLocalFile',
    parameters: () => ({ path: '/tmp/tree/large.txt', startLine: 900, endLine: 1100 }),
    command: () => 'sed -n 900,1100p /tmp/tree/large.txt',
  },
  {
    name: 'tool.edit',
    baseline: 'sed -i by /command',
    remark: 'the tool’s file is on the disk when it answers, and sed’s is not',
    tool: 'editLocalFile',
    parameters: (n) => ({ path: '/tmp/tree/large.txt', search: `line ${n + 1} of`, replace: `Line ${n + 1} of` }),
    command: (n) => `sed -i 's/^line ${2000 - n} of/Line ${2000 - n} of/' /tmp/tree/large.txt`,
  },
  {
    name: 'tool.grep',
    baseline: 'grep -rn by /command',
    tool: 'grepContent',
    parameters: () => ({ pattern: 'needle', directory: '/tmp/tree' }),
    command: () => 'grep -rn needle /tmp/tree',
  },
  {
    name: 'tool.list',
    baseline: 'ls -la by /command',
    tool: 'listLocalFiles',
    parameters: () => ({ directoryPath: '/tmp/tree' }),
    command: () => 'ls -la /tmp/tree',
  },
];

/** Each tool about files until its answer is there, and the same by a command until its stream has ended. */
export const tools: Scenario[] = pairs.map(({ name, baseline, tool, parameters, command, remark }) => ({
  name,
  unit: 'ms',
  baseline,
  measure: (bench) =>
    withWorkspace(bench, async (workspace) => {
      await workspace.run(plant);
      let calls = 0;
      let commands = 0;
      const measured = await interleave(bench, {
        n: bench.count(300, 20),
        warmUp: bench.count(30, 3),
        value: () => timed(() => workspace.call(tool, parameters(calls++))),
        baseline: () => timed(() => workspace.run(command(commands++))),
      });
      return { ...measured, ...(remark && { remark }) };
    }),
}));
