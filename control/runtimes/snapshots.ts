import type { ImageFacts } from './runtime.ts';

/** What a runtime does about snapshots: images made of what a sandbox has written. Ids are Cubby's. */
export interface SnapshotImages {
  /**
   * Takes what a sandbox has written: its file system, and what lies on volumes that live no longer than it does. Nothing in it
   * may run meanwhile, or files are caught half written. Makes nothing but drafts, which `discard` removes.
   * @throws ApiError `DOCKER::SANDBOX_NOT_FOUND`, `CAPACITY_EXCEEDED`, or with the engine's words
   */
  capture(sandbox: string, options: CaptureOptions): Promise<Capture>;
  /** The image of a snapshot, undefined when it isn't there. Never pulls. */
  find(snapshot: string): Promise<SnapshotImage | undefined>;
  /** Removes the drafts of a snapshot. None is success. */
  discard(snapshot: string): Promise<void>;
  /** Removes its image and its drafts. Removing what is not there is success. @throws ApiError `SNAPSHOT::DELETE_CONFLICT` */
  remove(snapshot: string): Promise<void>;
  /** Every snapshot that this store has something of. */
  list(): Promise<FoundSnapshot[]>;
}

export interface CaptureOptions {
  snapshot: string;
  /** Bytes that it may hold. Holes in files count, since the engine fills them. */
  maxSize: number;
  signal: AbortSignal;
}

/** What was taken of a sandbox, which may run again by now. */
export interface Capture {
  /** The request's part of the sandbox's environment. It doesn't go into the image: such values are often secrets. */
  env: Record<string, string>;
  /**
   * Makes the snapshot's image, with the configuration of the image that the sandbox was made from: nothing is in it that
   * Cubby or the request put into the container. It is there whole or not at all.
   */
  seal(createdAt: Date): Promise<void>;
}

export interface SnapshotImage {
  /** What a container is made from. */
  reference: string;
  image: ImageFacts;
}

export interface FoundSnapshot {
  id: string;
  /** Its image is there, and whole. */
  sealed: boolean;
  /** Something is there that was left of making it. */
  drafts: boolean;
}
