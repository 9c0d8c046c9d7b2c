import { Readable } from 'node:stream';
import { FileSocket } from '../file-socket.ts';
import { interleave, timed } from '../rounds.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Bench, Measured, Scenario } from '../scenario.ts';

const mebibytes = 1024;
const bytes = mebibytes * 2 ** 20;
const path = '/workspace/bench';
/** The page cache counts as the sandbox's memory, and may hold the whole file. */
const limits = { cpu: '1', memory: '4Gi' };
const mebibyte = Buffer.alloc(2 ** 20, 'Cubby');

/** A GiB into a file of a sandbox: on the disk, as the server promises, when the answer is there. */
export const upload: Scenario = {
  name: 'file.upload',
  unit: 'MiB/s',
  baseline: 'socket to file, fsync',
  measure: (bench) =>
    measure(bench, {
      value: async (sandbox) => {
        const value = rate(await timed(() => send(sandbox, bench)));
        await sandbox.run(`test $(stat -c %s ${path}) = ${bytes} && rm ${path}`);
        return value;
      },
      baseline: async (_, socket) => {
        const value = rate(await timed(() => socket.write(content())));
        socket.remove(bytes);
        return value;
      },
    }),
};

/** A GiB from a file of a sandbox that the page cache holds. */
export const download: Scenario = {
  name: 'file.download',
  unit: 'MiB/s',
  baseline: 'file to socket',
  measure: (bench) =>
    measure(bench, {
      prepare: async (sandbox) => {
        await send(sandbox, bench);
      },
      value: async (sandbox) => {
        const count = async () => {
          const file = await sandbox.agent.open('GET', `/files/download?path=${path}`, { signal: bench.signal });
          let received = 0;
          for await (const chunk of file) received += chunk.length;
          if (received !== bytes) throw new Error(`expected ${bytes} bytes, ${received} came`);
        };
        return rate(await timed(count));
      },
      baseline: async (_, socket) => rate(await timed(() => socket.read(bytes))),
    }),
};

interface Runs {
  prepare?(sandbox: Sandbox): Promise<void>;
  value(sandbox: Sandbox): Promise<number>;
  baseline(sandbox: Sandbox, socket: FileSocket): Promise<number>;
}

function measure(bench: Bench, { prepare, value, baseline }: Runs): Promise<Measured> {
  return bench.withSandbox(async (sandbox) => {
    const { State } = await bench.engine.containerOf(sandbox.id, bench.signal);
    await prepare?.(sandbox);
    // The very same file system: the container's own, as the host sees it. For download the very same file.
    const socket = await FileSocket.start(`/proc/${State.Pid}/root${path}${prepare ? '' : '.baseline'}`, bench.signal);
    try {
      return await interleave(bench, {
        n: bench.count(5, 1),
        warmUp: 1,
        value: () => value(sandbox),
        baseline: () => baseline(sandbox, socket),
      });
    } finally {
      await socket.close();
    }
  }, limits);
}

async function send({ agent }: Sandbox, { signal }: Bench): Promise<void> {
  const boundary = 'cubby-bench-boundary';
  const metadata = JSON.stringify({ path });
  const part = (name: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n`;
  const head = Buffer.from(
    `${part('metadata')}Content-Type: application/json\r\n\r\n${metadata}\r\n` +
      `${part('file')}Content-Type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const form = function* () {
    yield head;
    yield* content();
    yield tail;
  };
  await agent.text('POST', '/files/upload', {
    body: Readable.from(form(), { objectMode: false }),
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': head.length + bytes + tail.length,
    },
    signal,
  });
}

function* content(): Generator<Buffer> {
  for (let i = 0; i < mebibytes; i++) yield mebibyte;
}

function rate(milliseconds: number): number {
  return mebibytes / (milliseconds / 1000);
}
