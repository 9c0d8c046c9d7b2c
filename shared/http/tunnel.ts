import type { Socket } from 'node:net';

/** What one side still has to read when the other has gone may take this long. */
const lingerMs = 10_000;
/** After so long in silence the kernel asks whether the other machine is still there. */
const keepAliveMs = 30_000;

/**
 * Joins two connections until both have ended. Either may stop sending and still receive; bytes that were on their way when
 * one side went are delivered to the other. Each side is read only as fast as the other takes it.
 */
export function tunnel(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.setKeepAlive(true, keepAliveMs);
    from.setNoDelay(true);
    from.setTimeout(0);
    // `close` follows, and says it for every way to end.
    from.on('error', () => undefined);
    from.once('close', () => {
      if (to.closed) return;
      to.destroySoon();
      const timer = setTimeout(() => to.destroy(), lingerMs);
      to.once('close', () => clearTimeout(timer));
    });
    from.pipe(to);
  }
  if (a.destroyed) b.destroy();
  if (b.destroyed) a.destroy();
}
