import type { Config } from '../config/schema.ts';
import type { Surroundings } from '../config/surroundings.ts';
import type { Terminal } from './terminal.ts';

/** A server that listens. */
export interface Running {
  /** Where, as `http://127.0.0.1:8080`. */
  url: string;
  close(): Promise<void>;
}

/** What the command line needs of the process it is in. */
export interface Edge {
  /** Builds the application and listens. */
  start(config: Config): Promise<Running>;
  /** What stores have left on the engine; `own`: that of this configuration's database. */
  findStores(config: Config): Promise<FoundStore[]>;
  /** Ends every sandbox of a store, removes its snapshots and takes its network down; gives how many there were. */
  removeStore(config: Config, store: string): Promise<{ sandboxes: number; snapshots: number }>;
  surroundings: Surroundings;
  /** Where results go, and nothing else. */
  out(text: string): void;
  /** Where messages for people go; the log has standard output to itself. */
  err(text: string): void;
  terminal: Terminal;
  /** Aborted when the server, or a command that takes its time, is to end. Without it SIGTERM and SIGINT do that. */
  stop?: AbortSignal;
}

/** A store, and what there is of it. */
export interface FoundStore {
  id: string;
  own: boolean;
  sandboxes: FoundSandbox[];
  snapshots: { id: string; createdAt: Date }[];
}

/** `pool`: the one that it was started for. `claimed`: whether that gave it to somebody; undefined: it doesn't say. */
export interface FoundSandbox {
  id: string;
  image: string;
  state: string;
  createdAt: Date;
  pool?: string;
  claimed?: boolean | undefined;
}
