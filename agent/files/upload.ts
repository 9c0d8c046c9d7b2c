import type { IncomingHttpHeaders } from 'node:http';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../../shared/api/errors.ts';
import { FileMetadata } from '../../shared/api/files.ts';
import type { Caller } from '../users/passwd.ts';
import { fileError } from './errno.ts';
import { eachPart } from './parts.ts';
import type { RequestPath } from './path.ts';
import { type Access, toAccess } from './permissions.ts';
import { StagedFile } from './staged.ts';

/** Bytes of one `metadata` part. */
const longestMetadata = 64 * 1024;

interface Destination {
  path: RequestPath;
  access: Access;
}

/**
 * Writes the files of a multipart body: the first `metadata` part says where the first `file` part goes, and so on. All metadata may
 * come first, but none after its file. Each file is in place, on the disk, when its part has ended (`StagedFile`); if the body is
 * cut off or a later file fails, those before stay. Other parts are ignored.
 * @throws ApiError INVALID_FILE_METADATA, INVALID_FILE_CONTENT, INVALID_REQUEST_BODY, DISK_FULL and those of the file system
 */
export async function upload(
  caller: Caller,
  body: Readable,
  headers: IncomingHttpHeaders,
  resolvePath: (text: string, field: string) => RequestPath,
): Promise<void> {
  const waiting: Destination[] = [];
  let described = 0;
  let stored = 0;
  await eachPart(body, headers, async ({ name, content }) => {
    if (name === 'metadata') {
      waiting.push(await readMetadata(content, `metadata[${described}]`, resolvePath));
      described += 1;
    } else if (name === 'file') {
      const destination = waiting.shift();
      if (!destination)
        throw invalidMetadata(`metadata[${stored}]`, 'is missing', 'a metadata part before each file part');
      await store(caller, destination, content);
      stored += 1;
    }
  });
  if (described === 0) throw invalidMetadata('metadata', 'is missing', 'a metadata part before each file part');
  if (waiting.length > 0) {
    throw new ApiError('INVALID_FILE_CONTENT', `file[${stored}]: is missing, though there is metadata for it.`, {
      field: `file[${stored}]`,
      expected: 'as many file parts as metadata parts',
    });
  }
}

async function store(caller: Caller, { path, access }: Destination, content: Readable): Promise<void> {
  const staged = new StagedFile(caller, path, access);
  try {
    await pipeline(content, sinkOf(staged));
    await staged.commit();
  } catch (error) {
    await staged.discard();
    throw fileError(error, path);
  }
}

/** Not `for await`, which joins the chunks that have arrived, a copy of every byte. */
function sinkOf(staged: StagedFile): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      staged.write(chunk).then(() => done(), done);
    },
  });
}

async function readMetadata(
  content: Readable,
  field: string,
  resolvePath: (text: string, field: string) => RequestPath,
): Promise<Destination> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > longestMetadata) throw invalidMetadata(field, 'is too long', `at most ${longestMetadata} bytes`);
    chunks.push(chunk);
  }
  const parsed = FileMetadata.safeParse(parseJson(Buffer.concat(chunks), field));
  if (parsed.success) {
    return { path: resolvePath(parsed.data.path, `${field}.path`), access: toAccess(parsed.data, field) };
  }
  const issue = parsed.error.issues[0]!;
  throw invalidMetadata([field, ...issue.path].join('.'), 'is not as expected', issue.message);
}

function parseJson(bytes: Buffer, field: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalidMetadata(field, `is not JSON (${(error as Error).message})`, '{"path": …, "owner", "group", "mode"}');
  }
}

function invalidMetadata(field: string, problem: string, expected: string): ApiError {
  return new ApiError('INVALID_FILE_METADATA', `${field} ${problem}.`, { field, expected });
}
