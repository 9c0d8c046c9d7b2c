import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

const pools = ['POST /pools', 'PUT /pools/a', 'DELETE /pools/a'];
const templates = ['GET /templates', 'POST /templates', 'GET /templates/a', 'DELETE /templates/a'];
const routes = {
  'KUBERNETES::POOL_NOT_SUPPORTED': [...pools, ...pools.map((call) => call.replace('/', '/v1/'))],
  'FSB::API_NOT_SUPPORTED': templates,
} as const;

engineTest('what OpenSandbox has on Kubernetes only is not to be had here', async (t) => {
  const control = await startTestControl(t);

  await t.test('changes of pools, and templates, whatever is asked of them', async () => {
    for (const [code, calls] of Object.entries(routes)) {
      for (const [method, path] of calls.map((call) => call.split(' '))) {
        for (const body of method === 'GET' ? [undefined] : [undefined, '{', 'text']) {
          const response = await control.fetch(path!, { method: method!, ...(body !== undefined && { body }) });
          await refused(response, code as keyof typeof routes);
        }
      }
    }
    await refused(await fetch(`${control.url}/v1/pools`), 'MISSING_API_KEY', 'open-sandbox-api-key');
  });

  await t.test('templates below /v1 as OpenSandbox’s clients ask for them', async () => {
    const theirs = { image: 'python:3.11', publish: 's3://bucket/publish' };
    const sdk = { 'user-agent': 'OpenSandbox-Python-SDK/1.1.1' };
    for (const response of [
      await control.post('/v1/templates', theirs),
      await control.fetch('/v1/templates/tpl_1'),
      await control.fetch('/v1/templates/tpl_1', { method: 'DELETE' }),
      await control.fetch('/v1/templates?pageSize=10', { headers: sdk }),
    ])
      await refused(response, 'FSB::API_NOT_SUPPORTED');
  });

  await t.test('sandboxes made of them, and commands that run by themselves', async () => {
    const hook = { command: ['true'] };
    const wishes: [string, object][] = [
      ['templateId', { templateId: 'tpl_1', image: undefined, entrypoint: undefined }],
      ['extensions.poolRef', { extensions: { poolRef: 'warm' } }],
      ['lifecycle', { lifecycle: { preStart: hook } }],
      ['lifecycle', { lifecycle: { periodic: [{ ...hook, name: 'a', schedule: '@hourly' }] } }],
    ];
    for (const [field, wish] of wishes) {
      await refused(await control.post('/v1/sandboxes', createRequest(wish)), 'SANDBOX::API_NOT_SUPPORTED', field);
    }
    const nothing = { lifecycle: { preStart: null, periodic: [] }, templateId: null };
    await control.create({ ...nothing, resourceRequests: { cpu: '100m' } });
  });
});
