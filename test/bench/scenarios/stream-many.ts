import { interleave, timed } from '../rounds.ts';
import type { Scenario } from '../scenario.ts';
import { readOutput } from './raw-output.ts';
import { withSandboxes } from './sandboxes.ts';

const clients = 32;
const mebibytes = 512;
const bytes = mebibytes * 2 ** 20;

/** So many clients, each with a sandbox of its own, read as much together as the one does alone. */
export const streamMany: Scenario = {
  name: 'stream.32',
  unit: 'MiB/s',
  baseline: 'one client',
  measure: (bench) =>
    withSandboxes(bench, clients, (sandboxes) =>
      interleave(bench, {
        n: bench.count(7, 2),
        warmUp: 1,
        value: async () => {
          const all = () => Promise.all(sandboxes.map((each) => readOutput(each, bytes / clients, bench.signal)));
          return mebibytes / ((await timed(all)) / 1000);
        },
        baseline: async () => mebibytes / ((await timed(() => readOutput(sandboxes[0]!, bytes, bench.signal))) / 1000),
      }),
    ),
};
