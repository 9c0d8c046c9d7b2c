import type { KernelConnection } from '@jupyterlab/services';
import { ApiError } from '../../../shared/api/errors.ts';

/** What goes to another directory and leaves no name behind; JSON's strings are those of all of them but the shell. */
const cells: Record<string, (path: string) => string> = {
  python: (path) => `__import__("os").chdir(${JSON.stringify(path)})`,
  r: (path) => `invisible(setwd(${JSON.stringify(path)}))`,
  javascript: (path) => `process.chdir(${JSON.stringify(path)})`,
  typescript: (path) => `process.chdir(${JSON.stringify(path)})`,
  bash: (path) => `cd -- '${path.replaceAll("'", `'\\''`)}'`,
};

/** True when a kernel of the language can be told where to work. */
export function canChangeDirectory(language: string): boolean {
  return Object.hasOwn(cells, language);
}

/**
 * Has a new kernel work in a directory: a server starts all of its kernels in its own. Nothing happens in languages that have no
 * way. @throws ApiError `WORKING_DIRECTORY_NOT_FOUND`; whatever the connection ended with
 */
export async function changeDirectory(connection: KernelConnection, language: string, path: string): Promise<void> {
  const code = cells[language]?.(path);
  if (code === undefined) return;
  const future = connection.requestExecute({
    code,
    silent: true,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false,
  });
  const { content } = await future.done;
  if (content.status === 'ok') return;
  const why = content.status === 'error' ? `${content.ename}: ${content.evalue}`.slice(0, 300) : content.status;
  throw new ApiError('WORKING_DIRECTORY_NOT_FOUND', `The kernel can’t work in ${path.slice(0, 300)} (${why}).`, {
    field: 'cwd',
    expected: 'a directory that the user of the kernel server can enter',
  });
}
