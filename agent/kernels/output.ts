/** What a cell says while it runs, in the order in which its kernel said it. */
export type Output =
  /** The kernel has begun with the code: from now on an interrupt hits it. */
  | { type: 'begun'; count: number | undefined }
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  /** The value of its last expression. */
  | ({ type: 'result'; count: number | undefined } & Shown)
  /** Something displayed; with an id it can be displayed anew, `isUpdate`, wherever it was. */
  | ({ type: 'display'; displayId: string | undefined; isUpdate: boolean } & Shown)
  /** What was displayed so far is to be taken away; with `wait` not before the next output comes. */
  | { type: 'clear'; wait: boolean }
  /** So many bytes of its output were given up before they came here. */
  | { type: 'missed'; bytes: number }
  | ({ type: 'error' } & CellError);

export interface Shown {
  data: MimeBundle;
  /** How to show it, by media type or for all of them. */
  metadata: Record<string, unknown>;
}

/** One thing in several forms, by media type; text as strings or as lists of lines, the rest as JSON, and what is too large `LeftOut`. */
export type MimeBundle = Record<string, unknown>;

/** Stands for a form that is too large to be told. */
export class LeftOut {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/** What was raised, as kernels tell it; `traceback` may have colours. */
export interface CellError {
  ename: string;
  evalue: string;
  traceback: string[];
}
