/** A container as its runtime knows it. No secret: of variables there are the names alone, of labels none that aren't Cubby's. */
export interface ContainerDescription {
  /** The engine's id and name for it. */
  engineId: string;
  name: string;
  image: string;
  state: string;
  /** The engine's words: empty where it has not happened. */
  createdAt: string;
  startedAt: string;
  finishedAt: string;
  exitCode: number;
  outOfMemory: boolean;
  /** What the engine says went wrong with it. */
  error: string;
  /** True: the engine's storage keeps the limit of what is written beyond the image. */
  diskIsEnforced: boolean;
  /** Name of the OCI runtime that runs it; empty where there is none. */
  ociRuntime: string;
  networks: { name: string; addresses: string[] }[];
  mounts: { path: string; kind: string; writable: boolean }[];
  /** Names of variables. */
  environment: string[];
}
