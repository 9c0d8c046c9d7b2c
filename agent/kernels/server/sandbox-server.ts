import { ApiError } from '../../../shared/api/errors.ts';
import { type KernelServer, parseKernelServer } from '../../../shared/api/kernel-server.ts';

const urlVariable = 'CUBBY_KERNEL_SERVER_URL';
const tokenVariable = 'CUBBY_KERNEL_SERVER_TOKEN';

/**
 * The kernel server that image or request chose for the whole sandbox, in its environment; undefined when they chose none. Jupyter's own
 * variable for its token counts where the other is not set.
 * @throws ApiError `KERNEL_NOT_AVAILABLE` for an address that is none
 */
export function sandboxKernelServer(environ: Record<string, string>): KernelServer | undefined {
  const url = environ[urlVariable];
  if (!url) return undefined;
  const server = parseKernelServer(url, environ[tokenVariable] ?? environ.JUPYTER_TOKEN);
  if (server) return server;
  throw new ApiError('KERNEL_NOT_AVAILABLE', `The sandbox’s environment names a kernel server that can’t be used.`, {
    field: urlVariable,
    expected: 'the address of a server inside the sandbox, as http://127.0.0.1:8888/',
  });
}
