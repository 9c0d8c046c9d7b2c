import { follow } from '../processes/follow.ts';
import type { AckWindow } from './ack-window.ts';
import type { Client } from './client.ts';
import { outputFrames, replayFrame } from './frames.ts';
import type { Run } from './run.ts';

export interface FeedOptions {
  client: Client;
  window: AckWindow | undefined;
  /** Holds nobody back, so it may miss output: every frame says where it belongs. */
  isViewer: boolean;
  /** What the client has, as an offset and as a position of the run's ring. */
  offset: number;
  ringPosition: number;
}

/** Sends output as it comes, until the run ends or the client goes. @throws ReaderGone */
export async function feed(run: Run, { client, window, isViewer, offset, ringPosition }: FeedOptions): Promise<void> {
  const { signal } = client;
  const { base } = run.record;
  const reached = (position: number) => {
    // Whoever came in its place holds now.
    if (!isViewer && !signal.aborted) run.hold(position);
  };
  for await (const { records, missed, position } of follow(run.process, {
    signal,
    from: ringPosition,
    seen: offset - base,
    reached,
  })) {
    if (isViewer || missed > 0) {
      await window?.room(signal);
      const bytes = records.map(({ data }) => data);
      await client.send(replayFrame(base + position, bytes));
      window?.sent(missed + bytes.reduce((sum, { length }) => sum + length, 0));
      continue;
    }
    for (const frame of outputFrames(records)) {
      await window?.room(signal);
      if (signal.aborted) return;
      await client.send(frame);
      window?.sent(frame.length - 1);
    }
  }
}
