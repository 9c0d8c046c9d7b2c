import { basename, dirname } from 'node:path';
import { shown, toBytePath } from '../../files/byte-path.ts';
import { compileGlob } from '../../files/glob.ts';
import type { RequestPath } from '../../files/path.ts';
import { inSlices, runInSlices } from '../../files/slices.ts';
import { TookTooLong, timeLimited } from '../../files/time-limit.ts';
import type { Caller } from '../../users/passwd.ts';
import { invalidPattern } from './expression.ts';
import type { GrepRequest } from './grep-request.ts';
import { type NativeSearch, searchFile } from './native-file.ts';
import { eachFile, type OpenedFile } from './read-files.ts';
import type { Survey } from './survey.ts';
import { isUsual, type Walked, walk } from './walk.ts';

/** Milliseconds for some hundred kilobytes. */
const patience = 3000;

/** Searches files as ripgrep does, without it. @throws ApiError INVALID_PARAMETER for a pattern that takes too long */
export async function searchNatively(who: Caller, request: GrepRequest, survey: Survey): Promise<void> {
  const { root, isFile, depth, signal, findings } = request;
  const search: NativeSearch = { ...request, limited: timeLimited(patience) };
  const look = async (file: OpenedFile) => {
    findings.begin(shown(file.entry.path));
    if (!(await searchFile(file, search))) survey.skip(file.entry.path);
  };
  try {
    if (isFile) return void (await runInSlices(who, eachFile([itself(root)], survey, look), signal));
    const wanted = await filterOf(request);
    const steps = walk(root, { survey, includes: isUsual, depth });
    for await (const slice of inSlices(who, steps, signal)) {
      await runInSlices(who, eachFile(wanted(slice), survey, look), signal);
    }
  } catch (error) {
    throw error instanceof TookTooLong ? invalidPattern('this takes too long to match') : error;
  }
}

/** Those that the globs and the kind let through. A glob without a slash is one of names, any other one of paths. */
async function filterOf({ glob, extensions }: GrepRequest): Promise<(entries: Walked[]) => Walked[]> {
  const isOut = glob?.startsWith('!') ?? false;
  const plain = (glob ?? '').replace(/^!/, '');
  const ofPath = plain.includes('/');
  const matching =
    glob === undefined ? undefined : await compileGlob(plain.replace(/^\//, ''), { field: 'filePattern' });
  const fits = ({ name }: Walked) => !extensions || extensions.some((one) => name.endsWith(`.${one}`));
  return (entries) => {
    const files = entries.filter((entry) => !entry.isDirectory && fits(entry));
    if (!matching) return files;
    const found = new Set(matching(files, ({ name, relative }) => shown(ofPath ? relative : name)));
    return files.filter((file) => found.has(file) !== isOut);
  };
}

function itself({ absolute }: RequestPath): Walked {
  const name = toBytePath(basename(absolute));
  return { path: toBytePath(absolute), relative: name, name, isDirectory: dirname(absolute) === absolute };
}
