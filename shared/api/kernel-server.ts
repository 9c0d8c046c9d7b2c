import { z } from 'zod';

/** Where kernels are asked for: a Jupyter Server or a Kernel Gateway inside the sandbox. */
export interface KernelServer {
  /** With its base path; ends with a slash, and has no secret in it. */
  url: string;
  /** Empty for a server that wants none. */
  token: string;
}

const expectedUrl = 'expected the address of a server inside the sandbox, as http://127.0.0.1:8888/';

/** How a request names a kernel server. Unknown fields are ignored. */
export const KernelServerRequest = z
  .object({
    url: z
      .string()
      .max(2048)
      .describe(
        'Its address on the loopback interface of the sandbox, base path included; `?token=` counts as `token`.',
      ),
    token: z
      .string()
      .max(1024)
      .regex(/^[\x21-\x7e]*$/, 'expected a token of visible ASCII characters')
      .nullish()
      .describe('Its token. It is never shown again.'),
  })
  .transform(({ url, token }, context): KernelServer => {
    const server = parseKernelServer(url, token ?? undefined);
    if (server) return server;
    context.addIssue({ code: 'custom', path: ['url'], message: expectedUrl });
    return z.NEVER;
  });

/**
 * The server at an address, as Jupyter prints it: a token in the query counts when there is no other. Undefined for what is not
 * on the sandbox's own loopback interface: the token is for nobody else.
 */
export function parseKernelServer(address: string, token?: string): KernelServer | undefined {
  const url = URL.parse(address.trim());
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  // A name could be made to lead elsewhere.
  if (url.hostname === 'localhost') url.hostname = '127.0.0.1';
  if (!/^(127(\.\d+){3}|\[::1\])$/.test(url.hostname)) return undefined;
  const secret = token ?? url.searchParams.get('token') ?? '';
  if (!/^[\x21-\x7e]*$/.test(secret)) return undefined;
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { url: url.href, token: secret };
}
