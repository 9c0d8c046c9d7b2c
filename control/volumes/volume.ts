/** What is mounted into a sandbox, as its row keeps it. */
export interface VolumeRecord {
  name: string;
  /** Absolute and clean. */
  mountPath: string;
  readOnly: boolean;
  /** A directory of the host: absolute, clean, without symbolic links when it was written down. */
  host?: string;
  claim?: Claim;
}

/** A named volume of the engine's. */
export interface Claim {
  name: string;
  /** Directory in it; empty: all of it. Clean. */
  subPath: string;
  /** Make it when it is not there. */
  create: boolean;
  /**
   * Ids of sandboxes: when the volume was made for one of them, it goes when this sandbox does. Its own id when it asked for
   * that; the ids of others that ended first, while it was still using the volume.
   */
  removes: string[];
}

/** Where it is written down what every sandbox uses. */
export interface Ledger {
  /** What one sandbox has. */
  of(id: string): VolumeRecord[];
  /** What the others have that may have something on the engine. */
  others(id: string): { id: string; volumes: VolumeRecord[] }[];
  write(id: string, volumes: VolumeRecord[]): void;
}
