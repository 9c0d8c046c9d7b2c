import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Imported, ImportRequest } from '../../shared/api/transfers.ts';
import { callerGone } from '../../shared/http/gone.ts';
import { readParameters } from '../../shared/http/tool-parameters.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import { inWorkspace, type ToolOptions } from './call.ts';
import { aboutTools, callErrors } from './described.ts';

export interface ImportRouteOptions extends ToolOptions {
  /** The key of a request that was let in. */
  keyOf(request: FastifyRequest['raw']): WorkspaceKey;
}

/** Input for a workspace from an object store; how a file gets to one is the tool `exportFile`. */
export function importRoutes(app: FastifyInstance, { keyOf, ...options }: ImportRouteOptions): void {
  app.route({
    method: 'POST',
    url: '/workspaces/:key/imports',
    // Who may not come in is told that, whatever the body is.
    validatorCompiler: () => (value) => ({ value }),
    schema: {
      ...aboutTools,
      operationId: 'importFile',
      summary: 'Fetch an object of a store into a file of a workspace',
      description: 'By a pre-signed URL. Until all of it has come the old file is as it was.',
      body: ImportRequest,
      response: { 200: Imported },
      errors: [
        ...callErrors,
        'TRANSFER_URL_NOT_ALLOWED',
        'STORE_REFUSED',
        'STORE_UNREACHABLE',
        'TOO_MANY_TRANSFERS',
        'INVALID_PARAMETER',
        'INVALID_FILE',
        'PERMISSION_DENIED',
        'DISK_FULL',
      ],
    },
    handler: async ({ raw, body }, reply) => {
      const request = readParameters({ parameters: ImportRequest }, body);
      const signal = callerGone(reply);
      return inWorkspace(options, { key: keyOf(raw) }, (sandbox) =>
        options.transfers.importFile(sandbox, request, signal),
      );
    },
  });
}
