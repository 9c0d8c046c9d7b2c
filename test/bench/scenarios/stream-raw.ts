import { interleave, timed } from '../rounds.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { checkCount, readOutput } from './raw-output.ts';

const mebibytes = 1024;
const bytes = mebibytes * 2 ** 20;

/** A GiB of a command's output as raw bytes, read by offset. */
export const streamRaw: Scenario = {
  name: 'stream.raw',
  unit: 'MiB/s',
  baseline: 'engine exec, attached',
  measure: (bench) =>
    bench.withSandbox(async (sandbox) => {
      const { Id } = await bench.engine.containerOf(sandbox.id, bench.signal);
      return interleave(bench, {
        n: bench.count(5, 2),
        warmUp: 1,
        value: async () => mebibytes / ((await timed(() => readOutput(sandbox, bytes, bench.signal))) / 1000),
        baseline: async () => mebibytes / ((await timed(() => throughEngine(Id, bench))) / 1000),
      });
    }),
};

async function throughEngine(container: string, { engine, signal }: Bench): Promise<void> {
  let count = 0;
  const output = (_: unknown, piece: Buffer) => {
    count += piece.length;
  };
  await engine.exec(container, ['head', '-c', String(bytes), '/dev/zero'], { signal, output });
  checkCount(count, bytes);
}
