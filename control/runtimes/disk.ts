/** What there is of a sandbox on its disk, and what becomes of its limit. */
export interface DiskUse {
  /** `none`: this runtime keeps none. */
  enforcement: 'enforced' | 'watched' | 'none';
  /** Of that part which nobody but control looks at; absent where there is none, or where it can't be known. */
  bytes?: number | undefined;
}
