import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Engine } from './engine.ts';
import { isRefusal } from './refusal.ts';
import { removeContainer } from './removal.ts';

/** Milliseconds; 130 MB go through the engine's socket. */
const copyDeadline = 120_000;
/** Written last: a volume without it was left half full. */
const completeMark = 'agent.cjs';

/**
 * Copies the agent pack into a volume of the engine's, for a control whose own directories the engine can't mount since it
 * runs in a container itself. The volume is named after the pack's version, so it is filled once, and stores share it. It is
 * filled through a container that is never started. Returns the volume's name.
 */
export async function packVolume(
  engine: Engine,
  path: string,
  { image, store }: { image: string; store: string },
): Promise<string> {
  const volume = `cubby-pack-${basename(realpathSync(path))}`;
  const what = 'copy the agent pack into a volume';
  const { Id } = await engine.ask<{ Id: string }>({
    what,
    method: 'POST',
    path: '/containers/create',
    body: {
      Image: image,
      Entrypoint: ['/pack'],
      Labels: { 'cubby.helper': store },
      NetworkDisabled: true,
      HostConfig: { Mounts: [{ Type: 'volume', Source: volume, Target: '/pack', VolumeOptions: { NoCopy: true } }] },
    },
  });
  try {
    if (await isComplete(engine, Id)) return volume;
    // In two parts, so that the mark is there only when all else is.
    for (const args of [[`--exclude=./${completeMark}`, '.'], [completeMark]]) {
      const tar = spawn('tar', ['-C', path, '-c', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      await engine.ask({
        what,
        method: 'PUT',
        path: `/containers/${Id}/archive`,
        query: { path: '/pack' },
        file: tar.stdout,
        deadline: copyDeadline,
      });
    }
    return volume;
  } finally {
    await removeContainer(engine, Id);
  }
}

async function isComplete(engine: Engine, container: string): Promise<boolean> {
  try {
    await engine.read(
      {
        what: 'look into a volume',
        path: `/containers/${container}/archive`,
        query: { path: `/pack/${completeMark}` },
      },
      async (stream) => void stream.destroy(),
    );
    return true;
  } catch (error) {
    if (isRefusal(error, 404)) return false;
    throw error;
  }
}
