import { interleave, timed } from '../rounds.ts';
import { ended, type Sandbox } from '../sandbox.ts';
import type { Bench, Scenario } from '../scenario.ts';

const mebibytes = 1024;
const bytes = mebibytes * 2 ** 20;

/** A GiB of a command's output as raw bytes, read by offset; the command is held back so that nothing is given up. */
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
        value: async () => mebibytes / ((await timed(() => throughControl(sandbox, bench))) / 1000),
        baseline: async () => mebibytes / ((await timed(() => throughEngine(Id, bench))) / 1000),
      });
    }),
};

async function throughControl({ agent }: Sandbox, { signal }: Bench): Promise<void> {
  const json = { command: `head -c ${bytes} /dev/zero`, background: true, hold: true };
  const events = await agent.text('POST', '/command', { json, signal });
  ended(events);
  const id = /"type":"init".*?"text":"([^"]+)"/.exec(events.replaceAll(/"timestamp":\d+,?/g, ''))?.[1];
  const path = `/command/${id}/output?stream=stdout&offset=0&follow=true&hold=true`;
  const output = await agent.open('GET', path, { signal });
  let count = 0;
  for await (const chunk of output) count += chunk.length;
  check(count);
}

async function throughEngine(container: string, { engine, signal }: Bench): Promise<void> {
  let count = 0;
  const output = (_: unknown, piece: Buffer) => {
    count += piece.length;
  };
  await engine.exec(container, ['head', '-c', String(bytes), '/dev/zero'], { signal, output });
  check(count);
}

function check(count: number): void {
  if (count !== bytes) throw new Error(`expected ${bytes} bytes, ${count} came`);
}
