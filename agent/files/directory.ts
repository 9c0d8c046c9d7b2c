import { constants, openSync } from 'node:fs';
import { type BytePath, bytesOf } from './byte-path.ts';

/** Linux's O_PATH: a place to start from, with no right to read asked for. Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * Opens a directory to name things in it by descriptor. Between two steps of a long task a user can swap a directory for a link
 * to another; a descriptor stays with the directory that was meant.
 */
export function openDirectory(path: BytePath, followLinks = false): number {
  return openSync(bytesOf(path), O_PATH | constants.O_DIRECTORY | (followLinks ? 0 : constants.O_NOFOLLOW));
}

/** The path of an open directory, for calls that take only paths. */
export function pathOf(descriptor: number): BytePath {
  return `/proc/self/fd/${descriptor}`;
}
