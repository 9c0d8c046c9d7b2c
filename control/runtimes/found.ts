/** What one store has left on an engine. */
export interface FoundStore {
  id: string;
  /** `pool`: the pool that it was started for, whether it was claimed or not: that its agent says. */
  sandboxes: { id: string; image: string; state: string; createdAt: Date; pool?: string }[];
  snapshots: { id: string; createdAt: Date }[];
}
