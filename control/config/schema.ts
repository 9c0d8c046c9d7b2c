import { docker } from './sections/docker.ts';
import { executions } from './sections/executions.ts';
import { idle } from './sections/idle.ts';
import { kernels } from './sections/kernels.ts';
import { lobehub } from './sections/lobehub.ts';
import { log } from './sections/log.ts';
import { network } from './sections/network.ts';
import { pool } from './sections/pool.ts';
import { renewIntent } from './sections/renew-intent.ts';
import { runtime } from './sections/runtime.ts';
import { sandbox } from './sections/sandbox.ts';
import { server } from './sections/server.ts';
import { snapshot } from './sections/snapshot.ts';
import { storage } from './sections/storage.ts';
import { store } from './sections/store.ts';
import { templates } from './sections/templates.ts';
import { transfers } from './sections/transfers.ts';
import { workspaces } from './sections/workspaces.ts';
import type { Setting } from './setting.ts';

/** Every setting there is, in the order of the example. Keys are snake_case in files and messages, camelCase here. */
export const sections = {
  server,
  log,
  store,
  runtime,
  docker,
  sandbox,
  idle,
  kernels,
  workspaces,
  lobehub,
  transfers,
  templates,
  executions,
  pool,
  renew_intent: renewIntent,
  snapshot,
  storage,
  network,
} as const;

/**
 * The settings as the program uses them: `config.server.port`. Sizes are bytes, times seconds (as their names say), paths
 * absolute. What each means is said where it is declared, in sections/.
 */
export type Config = {
  readonly [S in keyof typeof sections]: {
    readonly [K in keyof (typeof sections)[S]['settings']]: (typeof sections)[S]['settings'][K] extends Setting<infer T>
      ? T
      : never;
  };
};

/** A setting with its names. */
export interface Entry {
  /** Keys of `Config`. */
  section: string;
  key: string;
  /** As in files and messages: `server.api_key`. */
  name: string;
  /** `CUBBY_SERVER_API_KEY`. */
  variable: string;
  setting: Setting<unknown>;
}

/** The table by name. */
export const entries: ReadonlyMap<string, Entry> = new Map(
  Object.entries(sections).flatMap(([section, { settings }]) =>
    Object.entries(settings).map(([key, setting]): [string, Entry] => {
      const name = `${section}.${key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}`;
      return [name, { section, key, name, variable: `CUBBY_${name.replace('.', '_').toUpperCase()}`, setting }];
    }),
  ),
);

/** An entry that the program itself names. */
export function entryOf(name: string): Entry {
  const entry = entries.get(name);
  if (!entry) throw new Error(`there is no setting ${name}`);
  return entry;
}
