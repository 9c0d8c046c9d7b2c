import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type About, describe } from '../shared/openapi/document.ts';
import type { OpenApi } from '../shared/openapi/json.ts';
import type { Route } from '../shared/openapi/route.ts';
import { buildAgent, tokenHeader } from './app.ts';
import { readConfig } from './config.ts';

const about: About = {
  info: {
    title: 'Cubby’s agent',
    version: '1',
    description:
      'What runs in every sandbox: commands, sessions, code, files, ports. OpenSandbox’s clients speak it. Every GET answers HEAD too; unknown fields and query parameters are ignored.',
    license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
  },
  servers: [
    {
      url: '/v1/sandboxes/{sandboxId}/proxy/44772',
      description: 'Through Cubby’s server: the endpoint of port 44772.',
      variables: { sandboxId: { default: 'sandboxId', description: 'Id of a sandbox.' } },
    },
    { url: '/', description: 'The agent itself.' },
  ],
  securitySchemes: {
    accessToken: { type: 'apiKey', in: 'header', name: tokenHeader, description: 'Of this sandbox: see its endpoint.' },
    apiKey: { type: 'apiKey', in: 'header', name: 'open-sandbox-api-key', description: 'Through Cubby’s server only.' },
  },
  security: [{ accessToken: [] }, { apiKey: [] }],
  tags: [
    { name: 'Health', description: 'Whether the agent answers, and what it can.' },
    { name: 'Entrypoint', description: 'The user’s program. Cubby’s server starts it.' },
    { name: 'Command', description: 'Shell commands.' },
    { name: 'Programs', description: 'Code that is run as a command, and handlers in AWS Lambda’s form.' },
    { name: 'Session', description: 'Shells that keep their state from run to run.' },
    { name: 'Terminal', description: 'Shells that somebody types into, over a WebSocket.' },
    { name: 'CodeInterpreting', description: 'Cells of code, and the contexts they run in.' },
    { name: 'Filesystem', description: 'Files and directories, with the rights of the sandbox’s user.' },
    {
      name: 'Tool',
      description: 'What models call: files, commands and code, with answers cut to what a model can take.',
    },
    { name: 'Metric', description: 'What the sandbox uses.' },
    { name: 'Isolation', description: 'Sandboxes inside the sandbox: there are none.' },
    { name: 'Port', description: 'Programs that listen on ports in the sandbox.' },
  ],
  refusals: { unauthorized: ['INVALID_ACCESS_TOKEN'], unknown: 'RUNTIME_ERROR' },
};

/** The OpenAPI document of an agent with this pack, from the routes that it really registers. */
export async function describeAgent(pack: string): Promise<OpenApi> {
  const spool = mkdtempSync(join(tmpdir(), 'cubby-openapi-'));
  try {
    const routes: Route[] = [];
    const config = readConfig({
      CUBBY_TOKEN: 'of-an-agent-without-a-port',
      CUBBY_PACK: pack,
      CUBBY_SPOOL: spool,
      CUBBY_ENVIRON: '/dev/null',
    });
    const app = buildAgent(config, undefined, (route) => void routes.push(route as Route));
    await app.ready();
    await app.close();
    return describe(routes, about);
  } finally {
    rmSync(spool, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const pack = process.argv[2]!;
  writeFileSync(join(pack, 'openapi.json'), JSON.stringify(await describeAgent(pack)));
}
