import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

engineTest('pools are not to be had here, whatever is asked of them', async (t) => {
  const control = await startTestControl(t);
  for (const prefix of ['', '/v1']) {
    const calls: [string, string][] = [
      ['GET', '/pools'],
      ['POST', '/pools'],
      ['GET', '/pools/one'],
      ['PUT', '/pools/one'],
      ['DELETE', '/pools/one'],
    ];
    for (const [method, path] of calls) {
      for (const body of method === 'GET' ? [undefined] : [undefined, '{', 'text']) {
        const response = await control.fetch(prefix + path, { method, ...(body !== undefined && { body }) });
        await refused(response, 'KUBERNETES::POOL_NOT_SUPPORTED');
      }
    }
    await refused(await fetch(`${control.url}${prefix}/pools`), 'MISSING_API_KEY', 'open-sandbox-api-key');
  }
});
