import { z } from 'zod';

/** The permission bits as decimal digits that look octal: 755 is 0755, as `chmod 755` reads it. */
const ModeDigits = z
  .int()
  .min(0)
  .max(7777)
  .refine((mode) => /^[0-7]+$/.test(String(mode)), 'expected octal digits written as a decimal number, such as 644');

/** What is known of one name in the file system; of a symbolic link itself, not of what it points to. */
export const FileInfo = z.object({
  /** Bytes of a name that are not UTF-8 show as U+FFFD; such a name cannot be asked for. */
  path: z.string(),
  type: z.enum(['file', 'directory', 'symlink', 'other']),
  /** Bytes. */
  size: z.int(),
  /** RFC 3339, in UTC. */
  modified_at: z.string().meta({ format: 'date-time' }),
  /** The time of the last change of the inode, as OpenSandbox reports it: Linux tells no birth time everywhere. */
  created_at: z.string().meta({ format: 'date-time' }),
  /** Name, or the number where /etc/passwd has none. */
  owner: z.string(),
  group: z.string(),
  mode: z.int(),
});
export type FileInfo = z.infer<typeof FileInfo>;

/** Owner and mode to set. What is null, empty or left out stays as it is; so does mode 0. */
export const Permission = z.object({
  owner: z.string().nullish(),
  group: z.string().nullish(),
  mode: ModeDigits.nullish(),
});
export type Permission = z.infer<typeof Permission>;

/** The `metadata` part of an upload: where the `file` part of the same number goes. */
export const FileMetadata = Permission.extend({ path: z.string() });
export type FileMetadata = z.infer<typeof FileMetadata>;

/** Body of `POST /files/permissions` and `POST /directories`: by path. */
export const PermissionsByPath = z.record(z.string(), Permission);

/** Body of `POST /files/mv`. */
export const Moves = z.array(z.object({ src: z.string(), dest: z.string() }));

/** Body of `POST /files/replace`, by path: every `old` becomes `new`. */
export const Replacements = z.record(z.string(), z.object({ old: z.string().min(1), new: z.string() }));

/** Answer of `POST /files/replace?verbose=true`, by path. */
export const ReplaceResults = z.record(z.string(), z.object({ replacedCount: z.int() }));

/** `?path=a&path=b`. OpenSandbox's own server takes no path at all for an empty list, and clients send one so. */
export const PathsQuery = z.object({
  path: z.preprocess(
    (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]),
    z.array(z.string()),
  ),
});

export const SearchQuery = z.object({
  path: z.string(),
  /** Glob against the base name: `* ? [a-z] {a,b} !(a) **`; `**`, the default, is every file. */
  pattern: z.string().max(1024).default('**'),
});

export const ListQuery = z.object({
  path: z.string(),
  /** Levels below `path`; 0 lists nothing. */
  depth: z.preprocess(wholeNumber, z.int().min(0).max(0x7fff_ffff)).default(1),
});

export const DownloadQuery = z.object({
  path: z.string(),
  /** First line, counted from 1. */
  offset: z.preprocess(wholeNumber, z.int().min(1)).optional(),
  /** How many lines. */
  limit: z.preprocess(wholeNumber, z.int().min(1)).optional(),
});

export const ReplaceQuery = z.object({
  verbose: z.preprocess((value) => truth[String(value)] ?? value, z.boolean()).default(false),
});

const truth: Record<string, boolean> = { true: true, '1': true, false: false, '0': false, '': false };

/** A query parameter is text: only plain digits become a number, so that `1e3`, ` 5` and an empty value are refused. */
function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : value;
}

/** Body of `POST /files/upload`, for the API's description: pairs of parts, as many as there are files. */
export const UploadForm = z.object({
  metadata: FileMetadata,
  file: z.any().meta({ type: 'string', format: 'binary' }),
});
