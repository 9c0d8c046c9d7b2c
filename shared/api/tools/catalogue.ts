import { editLocalFile } from './edit-local-file.ts';
import { executeCode } from './execute-code.ts';
import { exportFile } from './export-file.ts';
import { getCommandOutput } from './get-command-output.ts';
import { globLocalFiles } from './glob-local-files.ts';
import { grepContent } from './grep-content.ts';
import { killCommand } from './kill-command.ts';
import { listLocalFiles } from './list-local-files.ts';
import { moveLocalFiles } from './move-local-files.ts';
import { readLocalFile } from './read-local-file.ts';
import { renameLocalFile } from './rename-local-file.ts';
import { runCommand } from './run-command.ts';
import { searchLocalFiles } from './search-local-files.ts';
import type { Tool } from './tool.ts';
import { writeLocalFile } from './write-local-file.ts';

/** Every tool, in the order in which they are shown. */
export const catalogue: readonly Tool[] = [
  listLocalFiles,
  readLocalFile,
  writeLocalFile,
  editLocalFile,
  searchLocalFiles,
  moveLocalFiles,
  renameLocalFile,
  globLocalFiles,
  grepContent,
  runCommand,
  getCommandOutput,
  killCommand,
  executeCode,
  exportFile,
];

const named = new Map(catalogue.flatMap((tool) => [tool.name, ...tool.aliases].map((name) => [name, tool])));

/** The tool of a name of either generation; undefined where there is none. */
export function toolNamed(name: string): Tool | undefined {
  return named.get(name);
}
