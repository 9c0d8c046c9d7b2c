import { smallImage, startTestControl } from '../support/control.ts';
import { checkClaims, clientEnvironment, pythonTest } from '../support/python-clients.ts';

for (const [way, described] of [
  ['direct', 'directly'],
  ['proxied', 'through the server proxy'],
] as const) {
  pythonTest(`OpenSandbox’s MCP server, unmodified, offers every tool it has, ${described}`, async (t) => {
    const control = await startTestControl(t);
    await checkClaims(t, ['mcp_server.py', way], { ...clientEnvironment(control), CUBBY_SMALL_IMAGE: smallImage });
  });
}
