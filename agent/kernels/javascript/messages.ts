import type { CellError, MimeBundle } from '../output.ts';

/** What the thread that speaks Jupyter's protocol tells the thread that runs cells. */
export type Order =
  | { type: 'run'; id: number; code: string }
  /** Gives up the cell with this id, if it is still the one that runs. */
  | { type: 'interrupt'; id: number }
  | { type: 'exit' };

/** What the thread that runs cells tells. */
export type Report =
  /** Of standard output, only where there is no pipe for it. */
  | { type: 'stream'; name: 'stdout' | 'stderr'; bytes: Uint8Array }
  | { type: 'display'; data: MimeBundle; metadata: object; displayId: string | undefined; isUpdate: boolean }
  | { type: 'clear'; wait: boolean }
  /** Answered through `Shared.answers`. */
  | { type: 'input'; prompt: string }
  /** An interrupt was heard. */
  | { type: 'awake' }
  | { type: 'done'; id: number; result?: MimeBundle | undefined; error?: CellError | undefined }
  /** The process ends as soon as `Shared.flag` says that everything was told. */
  | { type: 'exit' };

export type InputAnswer = { text: string } | { refused: string };

/** What both threads have: a number to wait on, a way for what was waited for, and the reading ends of stdout and stderr. */
export interface Shared {
  flag: Int32Array;
  language: 'javascript' | 'typescript';
  connectionFile: string;
  pipes: { stdout: number; stderr: number } | undefined;
}
