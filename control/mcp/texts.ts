import type { z } from 'zod';
import type { editLocalFile } from '../../shared/api/tools/edit-local-file.ts';
import type { executeCode } from '../../shared/api/tools/execute-code.ts';
import type { exportFile } from '../../shared/api/tools/export-file.ts';
import type { getCommandOutput } from '../../shared/api/tools/get-command-output.ts';
import type { globLocalFiles } from '../../shared/api/tools/glob-local-files.ts';
import type { grepContent } from '../../shared/api/tools/grep-content.ts';
import type { killCommand } from '../../shared/api/tools/kill-command.ts';
import type { listLocalFiles } from '../../shared/api/tools/list-local-files.ts';
import type { moveLocalFiles } from '../../shared/api/tools/move-local-files.ts';
import type { readLocalFile } from '../../shared/api/tools/read-local-file.ts';
import type { renameLocalFile } from '../../shared/api/tools/rename-local-file.ts';
import type { runCommand } from '../../shared/api/tools/run-command.ts';
import type { searchLocalFiles } from '../../shared/api/tools/search-local-files.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';
import type { writeLocalFile } from '../../shared/api/tools/write-local-file.ts';
import { commandText } from './command-text.ts';
import { matchesText } from './matches-text.ts';

type ResultOf<T extends Tool> = z.output<T['result']>;

/** What each tool's result is for a reader: what people would see, and no JSON. */
const texts = {
  listLocalFiles: ({ files, path }: ResultOf<typeof listLocalFiles>) =>
    files.map(entryText).join('\n') || `${path} has no entries.`,
  readLocalFile: ({ content, path }: ResultOf<typeof readLocalFile>) => content || `${path} has no such lines.`,
  writeLocalFile: ({ path, bytesWritten, created }: ResultOf<typeof writeLocalFile>) =>
    `${created ? 'Made' : 'Replaced'} ${path}, ${bytesWritten} bytes.`,
  editLocalFile: ({ path, replacements, diffText }: ResultOf<typeof editLocalFile>) =>
    `${replacements} replaced in ${path}.\n${diffText}`,
  searchLocalFiles: ({ results }: ResultOf<typeof searchLocalFiles>) =>
    results.map(({ path, isDirectory, size }) => (isDirectory ? `${path}/` : `${path} (${size} bytes)`)).join('\n') ||
    'Nothing was found.',
  moveLocalFiles: ({ results }: ResultOf<typeof moveLocalFiles>) =>
    results
      .map(({ source, destination, error }) => `${source} → ${destination}${error ? `: failed: ${error}` : ''}`)
      .join('\n'),
  renameLocalFile: ({ oldPath, newPath }: ResultOf<typeof renameLocalFile>) => `${oldPath} → ${newPath}`,
  globLocalFiles: ({ files }: ResultOf<typeof globLocalFiles>) => files.join('\n') || 'Nothing was found.',
  grepContent: (result: ResultOf<typeof grepContent>) => matchesText(result),
  runCommand: (result: ResultOf<typeof runCommand>) => commandText(result),
  getCommandOutput: ({ newOutput, ...result }: ResultOf<typeof getCommandOutput>) =>
    commandText({ ...result, output: newOutput }),
  killCommand: ({ success, error }: ResultOf<typeof killCommand>) =>
    success ? 'It runs no longer.' : (error ?? 'It could not be ended.'),
  executeCode: ({ stderr, ...result }: ResultOf<typeof executeCode>) =>
    commandText({ ...result, output: [result.output, stderr].filter(Boolean).join('\n') }),
  exportFile: ({ filename, size, url }: ResultOf<typeof exportFile>) =>
    url ? `${filename}, ${size} bytes, can be downloaded from ${url}` : `${filename}, ${size} bytes, was uploaded.`,
} as Record<string, (result: never) => string>;

/** A tool's result for a reader, with all that was left out of it told. */
export function textOf({ name }: Pick<Tool, 'name'>, result: object): string {
  const { notice, skipped } = result as { notice?: string; skipped?: string[] };
  const write = Object.hasOwn(texts, name) ? texts[name] : undefined;
  const text = write ? write(result as never) : JSON.stringify(result, null, 2);
  const left = skipped?.length ? `Not looked into: ${skipped.join(', ')}` : undefined;
  return [text, ...[notice, left].filter((line) => line !== undefined).map((line) => `[${line}]`)].join('\n');
}

type Entry = ResultOf<typeof listLocalFiles>['files'][number];

function entryText({ name, isDirectory, size, target }: Entry): string {
  const link = target === undefined ? '' : ` → ${target}`;
  return isDirectory ? `${name}/${link}` : `${name}${link} (${size} bytes)`;
}
