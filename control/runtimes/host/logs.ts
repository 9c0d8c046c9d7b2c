import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Log, LogOptions } from '../runtime.ts';
import { mustFind } from './find.ts';
import type { HostOptions } from './options.ts';

/** What is read at most, from the end. */
const mostBytes = 1024 * 1024;
const mostLines = 10_000;

/** The last output of the entrypoint and the agent, as init has kept it: each line with its time. */
export function logs({ directory }: HostOptions, id: string, { tail = mostLines, since, timestamps }: LogOptions): Log {
  const { log } = mustFind(directory, id);
  const newest = endOf(log, mostBytes);
  const older = endOf(`${log}.1`, mostBytes - newest.text.length);
  const text = older.text + newest.text;
  // Where it was cut, the first line is half of one.
  const wasCut = older.isCut || newest.isCut;
  const lines = text.split('\n').slice(wasCut ? 1 : 0);
  if (lines.at(-1) === '') lines.pop();
  const recent = since
    ? lines.filter((line) => Date.parse(line.slice(0, line.indexOf(' '))) >= since.getTime())
    : lines;
  const shown = tail === 0 ? [] : recent.slice(-Math.min(tail, mostLines));
  const said = timestamps ? shown : shown.map((line) => line.slice(line.indexOf(' ') + 1));
  return { text: said.map((line) => `${line}\n`).join(''), isCut: shown.length < recent.length || (wasCut && !since) };
}

function endOf(path: string, most: number): Log {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return { text: '', isCut: false };
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.max(0, Math.min(size, most)));
    const length = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return { text: bytes.subarray(0, length).toString('utf8'), isCut: size > bytes.length };
  } finally {
    closeSync(file);
  }
}
