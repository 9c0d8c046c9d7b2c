/** What has become of the members of one pool, since this process began. */
export interface PoolCounts {
  /** Those that became sandboxes. */
  claims: number;
  /** Of these, with other limits than the pool's. */
  resized: number;
  /** Times that somebody asked, and none stood by. */
  misses: number;
  /** Those that ended while they stood by, or did not answer when they were claimed. */
  deaths: number;
  /** Those that could not be made. */
  failures: number;
}

export function noCounts(): PoolCounts {
  return { claims: 0, resized: 0, misses: 0, deaths: 0, failures: 0 };
}
