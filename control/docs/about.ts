import type { About } from '../../shared/openapi/document.ts';
import { egressHeader } from '../gateway/egress-secret.ts';
import { apiKeyHeader } from '../gateway/keys.ts';
import { signatureHeaders } from '../gateway/signature-headers.ts';

const others = Object.values(signatureHeaders).filter((name) => name !== signatureHeaders.signature);

/** What control's document says before it comes to the routes. */
export const about: About = {
  info: {
    title: 'Cubby',
    version: '1',
    description:
      'Sandboxes, and the way into them. OpenSandbox’s clients speak it. What runs in a sandbox has a document of its own at /openapi/agent.json. Every GET answers HEAD too; every answer carries X-Request-ID; unknown fields and query parameters are ignored.',
    license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  securitySchemes: {
    apiKey: { type: 'apiKey', in: 'header', name: apiKeyHeader },
    bearer: { type: 'http', scheme: 'bearer', description: 'The same key.' },
    signature: {
      type: 'apiKey',
      in: 'header',
      name: signatureHeaders.signature,
      description: `Of a host application, with ${others.join(', ')}: see docs/workspaces.md.`,
    },
    jit: {
      type: 'http',
      scheme: 'bearer',
      description: 'Of one user, signed by a LobeHub: see docs/lobehub.md.',
    },
    egressSecret: {
      type: 'apiKey',
      in: 'header',
      name: egressHeader,
      description: 'Of one sandbox: see its endpoint 18080.',
    },
    accessToken: {
      type: 'apiKey',
      in: 'header',
      name: 'x-execd-access-token',
      description: 'Of one sandbox: see its endpoint.',
    },
  },
  security: [{ apiKey: [] }, { bearer: [] }],
  tags: [
    { name: 'Workspaces', description: 'One sandbox for each key of yours, made when it is first asked for.' },
    { name: 'Tools', description: 'What models do in a workspace: files, commands, code.' },
    { name: 'Executions', description: 'Code that is run under an id, and what came of it.' },
    { name: 'LobeHub', description: 'Its self-hosted sandbox: a workspace for each of its users.' },
    {
      name: 'Sessions',
      description: 'Sandboxes of templates and what runs in them, for clients that know them by this name.',
    },
    { name: 'Sandboxes', description: 'The life of sandboxes.' },
    { name: 'Templates', description: 'What sandboxes are made of, by name and version.' },
    { name: 'Snapshots', description: 'Copies of sandboxes’ files, from which sandboxes are made.' },
    { name: 'Diagnostics', description: 'What helps who looks for a fault.' },
    { name: 'Pools', description: 'Sandboxes made beforehand: not here.' },
    { name: 'Ports', description: 'The way into sandboxes: to their agent, and to whatever listens in them.' },
    { name: 'Egress', description: 'What sandboxes may reach, changed while they run.' },
    { name: 'Operation', description: 'How this server is.' },
  ],
  refusals: { unauthorized: ['MISSING_API_KEY', 'INVALID_API_KEY'], unknown: 'GENERAL::UNKNOWN_ERROR' },
};
