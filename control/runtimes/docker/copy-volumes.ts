import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Engine } from './engine.ts';
import { measured } from './measured.ts';
import { draftLabel, helperLabel, storeLabel } from './names.ts';
import type { OwnVolume } from './own-volumes.ts';
import { removeContainer } from './removal.ts';
import { tar } from './tar.ts';

interface Copy {
  /** What the copy lies on top of. Its configuration mounts nothing. */
  image: string;
  volumes: OwnVolume[];
  snapshot: string;
  store: string;
  maxSize: number;
  deadline: number;
  signal: AbortSignal;
}

/**
 * Copies volumes into the file system of a container that is never started, since a commit leaves volumes out. Owners, modes, times
 * and hard links stay as they are. Each is read by a second container that has these volumes and no others: below them the
 * sandbox may have something of the host's. Returns the container.
 */
export async function copyVolumes(engine: Engine, copy: Copy): Promise<string> {
  const { volumes } = copy;
  const writer = await make(engine, copy, {});
  const Mounts = volumes.map(({ name, path }) => ({
    Type: 'volume',
    Source: name,
    Target: path,
    ReadOnly: true,
    VolumeOptions: { NoCopy: true },
  }));
  const reader = await make(engine, copy, { Mounts });
  try {
    for (const { path } of volumes) await copyVolume(engine, { reader, writer, path }, copy);
  } finally {
    await removeContainer(engine, reader);
  }
  return writer;
}

async function make(engine: Engine, { image, snapshot, store }: Copy, host: object): Promise<string> {
  const { Id } = await engine.ask<{ Id: string }>({
    what: 'make a helper container',
    method: 'POST',
    path: '/containers/create',
    body: {
      Image: image,
      Entrypoint: ['/never'],
      Labels: { [helperLabel]: store, [draftLabel]: snapshot, [storeLabel]: '' },
      HostConfig: { NetworkMode: 'none', ...host },
    },
  });
  return Id;
}

interface Ends {
  reader: string;
  writer: string;
  path: string;
}

async function copyVolume(engine: Engine, { reader, writer, path }: Ends, copy: Copy): Promise<void> {
  const { maxSize, deadline, signal } = copy;
  const put = (file: Readable) =>
    engine.ask({
      what: 'write the files of a volume',
      method: 'PUT',
      path: `/containers/${writer}/archive`,
      query: { path: posix.dirname(path) },
      file,
      deadline,
      signal,
    });
  // A file in place of the directory takes away what the image has there: the sandbox may have deleted it.
  await put(Readable.from([tar({ [posix.basename(path)]: '' })]));
  const get = {
    what: 'read the files of a volume',
    path: `/containers/${reader}/archive`,
    // With the slash the files themselves, also where a symbolic link leads to the volume.
    query: { path: `${path}/` },
    deadline,
    signal,
  };
  await engine.read(get, async (files) => {
    const through = measured(maxSize);
    await Promise.all([pipeline(files, through), put(through)]);
  });
}
