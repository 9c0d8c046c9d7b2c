import type { Engine } from './engine.ts';

/** Removes a container with its volumes. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  // Not ended by the user's Ctrl-C: it is what comes after that.
  const signal = AbortSignal.timeout(60_000);
  await engine.ask('DELETE', `/containers/${id}?force=true&v=true`, { signal });
}

/** Removes every container with this label, `name=value`. */
export async function removeLabelled(engine: Engine, label: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const path = `/containers/json?all=true&filters=${filters}`;
  const left = await engine.ask<{ Id: string }[]>('GET', path, { signal: AbortSignal.timeout(60_000) });
  for (const { Id } of left) await removeContainer(engine, Id);
}
