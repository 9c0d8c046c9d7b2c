/**
 * A path with one character per byte (latin1). Linux names are bytes, not text: what a walk finds may not be UTF-8, and has to
 * be opened by the very bytes. As strings they are small, compare as bytes, and join with `/`.
 */
export type BytePath = string;

export function toBytePath(path: string): BytePath {
  return Buffer.from(path).toString('latin1');
}

/** What file system calls take. */
export function bytesOf(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** What people see: bytes that are not UTF-8 become U+FFFD. */
export function shown(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString();
}

export function joined(directory: BytePath, name: BytePath): BytePath {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}
