import { z } from 'zod';
import { anything, empty } from '../../shared/http/answers.ts';
import type { RouteSchema } from '../../shared/openapi/route.ts';

const params = z.object({
  sandboxId: z.string(),
  port: z.int().min(1).max(65_535).describe('In plain digits; 44772 is the agent.'),
  path: z.string().describe('Path and query for the receiver; it may have slashes and may be empty.'),
});

const answers: RouteSchema = {
  tags: ['Ports'],
  description: 'With any method and body. Requests for another protocol, as a WebSocket’s, are passed on too.',
  response: { 101: empty('The receiver speaks the other protocol.'), default: anything('What the receiver says.') },
  errors: [
    'ROUTE_NOT_FOUND',
    'INVALID_PORT',
    'INVALID_ACCESS_TOKEN',
    'DOCKER::SANDBOX_NOT_FOUND',
    'DOCKER::SANDBOX_NOT_RUNNING',
    // Of one that was asleep, and can't be woken.
    'DOCKER::SANDBOX_RESUME_FAILED',
    'ENGINE_UNAVAILABLE',
    'ENGINE_TIMEOUT',
    'AGENT_UNREACHABLE',
    'PORT_NOT_REACHABLE',
  ],
};

/** The two ways into a sandbox, as the API's description shows them: what they do is in routes.ts, which reads the URL itself. */
export const doors: { url: string; schema: RouteSchema }[] = [
  {
    url: '/sandboxes/:sandboxId/proxy/*',
    schema: {
      ...answers,
      operationId: 'callSandbox',
      summary: 'Anything for a port of a sandbox, its agent’s among them',
      security: [{ accessToken: [] }, { apiKey: [] }, { bearer: [] }],
      wildcard: { path: '{port}/{path}', params },
    },
  },
  {
    url: '/sandboxes/:sandboxId/ports/:secret/proxy/*',
    schema: {
      ...answers,
      operationId: 'visitSandbox',
      summary: 'Anything for a port of a sandbox but its agent’s, by the secret of its endpoint alone',
      security: [],
      wildcard: { path: '{port}/{path}', params: params.extend({ secret: z.string() }) },
    },
  },
];
