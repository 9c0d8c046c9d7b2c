import type { Limits } from './runtime.ts';
import type { SnapshotImage } from './snapshots.ts';

/** What a runtime does about images with packages in them, made ahead of time of another image. Each is known by a key of its content. */
export interface ImageBuilds {
  /** @throws ApiError `SANDBOX::API_NOT_SUPPORTED` where there can be none */
  requireSupport(): void;
  /**
   * Makes an image of another and of what commands have written in a container of it. It is there whole or not at all; what is left of one
   * that failed `discard` removes. @throws ApiError `TEMPLATE_BUILD_FAILED`, the signal's reason, or with the engine's words
   */
  build(recipe: BuildRecipe, progress: BuildProgress): Promise<void>;
  /** The image of a key, undefined when it isn't there. */
  find(key: string): Promise<SnapshotImage | undefined>;
  /** True for the name of such an image. It is called after its content, and means no other ever. */
  isName(reference: string): boolean;
  /** Removes what is left of making one. Nothing is success. */
  discard(key: string): Promise<void>;
  /** Removes its image and what is left of making it. False: a container is made of it, so it stays. */
  remove(key: string): Promise<boolean>;
  /** Every key that this store has something of. */
  list(): Promise<FoundBuild[]>;
}

export interface BuildRecipe {
  /** Letters and digits in lower case. */
  key: string;
  /** Content id of the image to build upon. */
  base: string;
  /** One after the other, as root, without a shell. */
  steps: readonly BuildStep[];
  limits: Pick<Limits, 'memory' | 'cpu' | 'pids'>;
  /** Bytes that they may write. */
  maxSize: number;
  /** False: no network at all. */
  network: boolean;
}

export interface BuildStep {
  command: readonly string[];
  env: Readonly<Record<string, string>>;
}

export interface BuildProgress {
  /** What the commands say, as it comes, and before each which it is. */
  say(text: string): void;
  signal: AbortSignal;
}

export interface FoundBuild {
  key: string;
  /** Its image is there, and whole. */
  sealed: boolean;
  /** Something is there that was left of making it. */
  drafts: boolean;
}
