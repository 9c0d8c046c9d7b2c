import { Occurrences } from '../occurrences.ts';
import { interleave, timed } from '../rounds.ts';
import { ended, type Sandbox } from '../sandbox.ts';
import type { Bench, Scenario } from '../scenario.ts';

const lines = 1_000_000;
/** Bytes of a line with its end. */
const lineBytes = 80;

/**
 * A million lines as server-sent events, one for each line. They come from a file in the page cache by `cat`, which takes a
 * third of the time of `yes | head`, awk or Python, or less: the producer is not what is measured.
 */
export const streamLines: Scenario = {
  name: 'stream.lines',
  unit: 'lines/s',
  baseline: 'engine exec, attached',
  measure: (bench) =>
    bench.withSandbox(async (sandbox) => {
      await sandbox.run(`yes $(printf '%0${lineBytes - 1}d' 7) | head -n ${lines} > /tmp/lines`);
      const { Id } = await bench.engine.containerOf(sandbox.id, bench.signal);
      return interleave(bench, {
        n: bench.count(7, 2),
        warmUp: 1,
        value: async () => lines / ((await timed(() => throughControl(sandbox))) / 1000),
        baseline: async () => lines / ((await timed(() => throughEngine(Id, bench))) / 1000),
      });
    }),
};

async function throughControl(sandbox: Sandbox): Promise<void> {
  // What no line of ours has in it.
  const seen = new Occurrences('"type":"stdout"');
  let last = Buffer.alloc(0);
  for await (const chunk of await sandbox.start('cat /tmp/lines')) {
    seen.push(chunk);
    last = chunk.length < 1024 ? Buffer.concat([last.subarray(-1024), chunk]) : chunk;
  }
  ended(last.toString('latin1'));
  check(seen.count);
}

async function throughEngine(container: string, { engine, signal }: Bench): Promise<void> {
  const seen = new Occurrences('\n');
  await engine.exec(container, ['cat', '/tmp/lines'], { signal, output: (_, piece) => seen.push(piece) });
  check(seen.count);
}

function check(count: number): void {
  if (count !== lines) throw new Error(`expected ${lines} lines, ${count} came`);
}
