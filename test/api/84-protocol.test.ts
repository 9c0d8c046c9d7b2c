import type { OpenApi } from '../../shared/openapi/json.ts';
import { assertKeeps } from '../support/contract/keeps.ts';
import { egress, execd, lifecycle } from '../support/contract/protocol.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';

engineTest('everything that OpenSandbox’s protocol promises its clients is promised here', async (t) => {
  const { url } = await startTestControl(t);
  const documentAt = async (path: string) => (await (await fetch(url + path)).json()) as OpenApi;
  const [control, agent] = [await documentAt('/openapi.json'), await documentAt('/openapi/agent.json')];
  await t.test('by the server, with its version in front and without', () => {
    for (const prefix of ['/v1', '']) {
      assertKeeps(control, lifecycle, prefix);
      assertKeeps(control, egress, `${prefix}/sandboxes/{id}/proxy/18080`);
    }
  });
  await t.test('by the agent in each sandbox', () => assertKeeps(agent, execd));
});
