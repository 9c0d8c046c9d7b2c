/** The end of a log. */
export interface Log {
  text: string;
  /** There was more, further back, than the lines that were asked for or the bytes that are read at most. */
  isCut: boolean;
}

/** Which part of a log is asked for. */
export interface LogOptions {
  tail?: number | undefined;
  since?: Date | undefined;
  timestamps?: boolean | undefined;
}
